-- Healthy: the provider has accepted it. Degraded: a person must fix something, and the message says what.
-- Progressing: a missing object may still arrive. Suspended: the operator ignores it until the annotation goes.
if obj.metadata.deletionTimestamp ~= nil then
  return { status = "Progressing", message = "Pending deletion" }
end
if (obj.metadata.annotations or {})["oauth.integrations.dev/paused"] == "true" then
  return { status = "Suspended", message = "Paused by the annotation oauth.integrations.dev/paused." }
end
if obj.status == nil or obj.status.observedGeneration ~= obj.metadata.generation then
  return { status = "Progressing", message = "The operator has not seen this generation yet." }
end

local hs = { status = "Progressing", message = "" }
for _, condition in ipairs(obj.status.conditions or {}) do
  if condition.type == "Stalled" and condition.status == "True" then
    hs.status = "Degraded"
  elseif condition.type == "Ready" then
    hs.message = condition.message
    if condition.status == "True" then
      hs.status = "Healthy"
    end
  end
end
return hs
