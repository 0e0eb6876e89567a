{{- /* Combinations of values that cannot work, which a schema cannot say or not so clearly. */}}
{{- define "integration-operator.validate" }}
{{- range $what := list "ingress" "httpRoute" }}
{{- if and (index $.Values $what).enabled (not $.Values.publicURL) }}
{{- fail (printf "%s.enabled needs publicURL: its host is the one that is served, e.g. publicURL=https://connect.example" $what) }}
{{- end }}
{{- end }}
{{- if and .Values.httpRoute.enabled (not .Values.httpRoute.parentRefs) }}
{{- fail "httpRoute.enabled needs httpRoute.parentRefs: the Gateways that serve it, e.g. [{name: public, namespace: gateways}]" }}
{{- end }}
{{- if and .Values.catalog.offerings (not (.Capabilities.APIVersions.Has "oauth.integrations.dev/v1alpha1/Offering")) }}
{{- /* `helm template` asks no cluster, and every cluster has this namespace. */}}
{{- if lookup "v1" "Namespace" "" "default" }}
{{- fail "catalog.offerings: this cluster does not know Offerings yet, and Helm cannot make a definition and objects of it in one step. Install without catalog.offerings first, then add them by `helm upgrade`; or apply the definitions beforehand (docs/install.md)" }}
{{- end }}
{{- end }}
{{- if ge (int .Values.preStopSleepSeconds) (int .Values.terminationGracePeriodSeconds) }}
{{- fail "preStopSleepSeconds must be less than terminationGracePeriodSeconds: the operator would be killed before it has released its Lease" }}
{{- end }}
{{- end }}
