-- Healthy: Integrations can use it. Degraded: an admin must fix something, and the message says what.
-- Progressing: its issuer is unreachable for now, or its deletion waits for the Integrations that use it.
if obj.metadata.deletionTimestamp ~= nil then
  return { status = "Progressing", message = "Pending deletion" }
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
