{{- /* Refuses combinations of values that cannot work, if a schema cannot refuse them, or not so clearly. */}}
{{- define "integration-operator.validate" }}
{{- range list "image" "serviceAccount" "service" }}
{{- if not (index $.Values .) }}
{{- fail (printf "%s: null leaves out what the chart cannot do without: remove the line" .) }}
{{- end }}
{{- end }}
{{- if not (and .Values.image.repository .Values.serviceAccount.name .Values.service.port) }}
{{- fail "image.repository, serviceAccount.name and service.port: null leaves out what the chart cannot do without: remove the line" }}
{{- end }}
{{- range $what := list "ingress" "httpRoute" }}
{{- if (index $.Values $what).enabled }}
{{- include "integration-operator.validate.publicURL" (list $ $what) }}
{{- end }}
{{- end }}
{{- if and (.Values.httpRoute).enabled (not .Values.httpRoute.parentRefs) }}
{{- fail "httpRoute.enabled needs httpRoute.parentRefs: the Gateways that serve it, e.g. [{name: public, namespace: gateways}]" }}
{{- end }}
{{- if and (.Values.catalog).offerings (not (.Capabilities.APIVersions.Has "oauth.integrations.dev/v1alpha1/Offering")) }}
{{- /* `helm template` asks no cluster, and every cluster has this namespace. */}}
{{- if lookup "v1" "Namespace" "" "default" }}
{{- fail "catalog.offerings: this cluster does not know Offerings yet, and Helm cannot make a definition and objects of it in one step. Install without catalog.offerings first, then add them by `helm upgrade`; or apply the definitions beforehand (docs/install.md)" }}
{{- end }}
{{- end }}
{{- if ge (int .Values.preStopSleepSeconds) (int (.Values.terminationGracePeriodSeconds | default 30)) }}
{{- fail "preStopSleepSeconds must be less than terminationGracePeriodSeconds: the operator would be killed before it has released its Lease" }}
{{- end }}
{{- include "integration-operator.validate.labels" . }}
{{- end }}

{{- /* Refuses a publicURL whose host or path an Ingress or an HTTPRoute would not take: list $ "ingress". */}}
{{- define "integration-operator.validate.publicURL" }}
{{- $url := (index . 0).Values.publicURL }}
{{- $what := index . 1 }}
{{- if not $url }}
{{- fail (printf "%s.enabled needs publicURL: its host is the one that is served, e.g. publicURL=https://connect.example" $what) }}
{{- end }}
{{- $label := "[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?" }}
{{- $name := printf "(%s[.])*[0-9]*[a-z]([-a-z0-9]{0,61}[a-z0-9])?" $label }}
{{- if not (regexMatch (printf "^https?://%s(:[0-9]{1,5})?(/.*)?$" $name) $url) }}
{{- fail (printf "publicURL=%s: %s.enabled needs a host that is a DNS name in lower case, not an address, and of an international one the ASCII form (xn--...), e.g. https://connect.example" $url $what) }}
{{- end }}
{{- $path := regexReplaceAll "^https?://[^/]*" $url "" }}
{{- if or (regexMatch "//|/[.]{1,2}(/|$)|%2[fF]" $path) (not (regexMatch "^([-A-Za-z0-9/._~!$&'()*+,;=:@]|%[0-9a-fA-F]{2})*$" $path)) }}
{{- fail (printf "publicURL=%s: %s.enabled needs a path of letters, digits and -._~!$&'()*+,;=:@ between single slashes, without . and .. as a whole segment, e.g. https://connect.example/base" $url $what) }}
{{- end }}
{{- end }}

{{- /* Labels that the chart's own parts find each other by, or that give rights. */}}
{{- define "integration-operator.validate.labels" }}
{{- range $values := list "commonLabels" "podLabels" }}
{{- range $key, $_ := index $.Values $values }}
{{- if has $key (list "app.kubernetes.io/name" "app.kubernetes.io/instance" "app.kubernetes.io/component") }}
{{- fail (printf "%s: remove %s: the Deployment, the Service and the PodDisruptionBudget find their Pods by the chart's own value" $values $key) }}
{{- end }}
{{- if eq $key "app.kubernetes.io/managed-by" }}
{{- fail (printf "%s: remove %s: Helm knows what is its own by it" $values $key) }}
{{- end }}
{{- if hasPrefix "rbac.authorization.k8s.io/" $key }}
{{- fail (printf "%s: remove %s: on every ClusterRole of the chart it would give people the rights of offering-admin; rbac.aggregateClusterRoles is for this" $values $key) }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}
