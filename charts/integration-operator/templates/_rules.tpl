{{- /* The operator's rights, each verb with its reason; docs/security.md has the whole picture. */}}
{{- define "integration-operator.rules.cluster" -}}
- apiGroups: [oauth.integrations.dev]
  resources: [offerings]
  # get, list, watch: the cache. patch: the finalizer, which is there only while Integrations use the Offering.
  verbs: [get, list, watch, patch]
- apiGroups: [oauth.integrations.dev]
  resources: [offerings/status]
  # patch: server-side apply of the status.
  verbs: [patch]
- apiGroups: [""]
  resources: [namespaces]
  # get, list, watch: the labels that an Offering's allowedNamespaces selects by.
  verbs: [get, list, watch]
{{- end }}

{{- define "integration-operator.rules.namespace" -}}
- apiGroups: [oauth.integrations.dev]
  resources: [integrations]
  # get, list, watch: the cache. Specs belong to their authors: no other verb.
  verbs: [get, list, watch]
- apiGroups: [oauth.integrations.dev]
  resources: [integrations/status]
  # patch: server-side apply of the status.
  verbs: [patch]
- apiGroups: [""]
  resources: [secrets]
  # list, watch: as metadata only, so that a changed Secret is verified at once. get: the credentials, when they are
  # needed. Kubernetes has no right to list without the content: this right can read every Secret in its scope.
  verbs: [get, list, watch]
{{ include "integration-operator.rules.events" . }}
{{- end }}

{{- define "integration-operator.rules.events" -}}
- apiGroups: [events.k8s.io]
  resources: [events]
  # create: an event. patch: one that repeats becomes a series instead of many events. They lie in the namespaces of
  # their objects, those about Offerings in `default`.
  verbs: [create, patch]
{{- end }}

{{- define "integration-operator.rules.own" -}}
- apiGroups: [coordination.k8s.io]
  resources: [leases]
  # create: the Lease of the leader election. RBAC cannot confine create to a name.
  verbs: [create]
- apiGroups: [coordination.k8s.io]
  resources: [leases]
  resourceNames: [integration-operator]
  # get, update: acquire, renew and release it. list, watch: a standby takes it as soon as it is released.
  verbs: [get, list, watch, update]
- apiGroups: [""]
  resources: [secrets]
  # create: the operator's own key, created once by the first replica. RBAC cannot confine create to a name.
  verbs: [create]
- apiGroups: [""]
  resources: [secrets]
  resourceNames: [integration-operator-keys]
  # get: that key. It is never written over.
  verbs: [get]
{{- end }}

{{- define "integration-operator.rules.mark" -}}
- apiGroups: [coordination.k8s.io]
  resources: [leases]
  # create: the mark of this install, for a second one to find. RBAC cannot confine create to a name.
  verbs: [create]
- apiGroups: [coordination.k8s.io]
  resources: [leases]
  resourceNames: [integration-operator-install]
  # get: whether another install has the mark. update: take and renew it.
  verbs: [get, update]
{{- end }}

{{- /* A Role and its binding to the operator: dict "context" $ "namespace" … "name" … "rules" (a template's name). */}}
{{- define "integration-operator.role" }}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata:
  name: {{ .name }}
  namespace: {{ .namespace | quote }}
  labels: {{- include "integration-operator.labels" (list .context) | nindent 4 }}
rules: {{- include .rules .context | nindent 2 }}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata:
  name: {{ .name }}
  namespace: {{ .namespace | quote }}
  labels: {{- include "integration-operator.labels" (list .context) | nindent 4 }}
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: Role
  name: {{ .name }}
subjects: {{- include "integration-operator.subjects" .context | nindent 2 }}
{{- end }}
