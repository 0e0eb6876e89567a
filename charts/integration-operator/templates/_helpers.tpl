{{- /*
Names are fixed. There is one install to a cluster (its ClusterRoles have these names, so Helm refuses a second one), the
Lease and the keys' Secret are the operator's own names, and people bind to the ClusterRoles in their Git repositories.
*/}}
{{- define "integration-operator.selectorLabels" -}}
app.kubernetes.io/name: integration-operator
app.kubernetes.io/instance: {{ .Release.Name | quote }}
app.kubernetes.io/component: operator
{{- end }}

{{- /* A scalar as text: YAML reads 8080 and true without quotes as number and boolean, and Kubernetes wants text. */}}
{{- define "integration-operator.text" -}}
{{- if kindIs "string" . }}{{ . }}{{ else }}{{ toJson . }}{{ end }}
{{- end }}

{{- /* Maps of text as one, each key once; of a key that is in several, the first map's value counts. Null is left out. */}}
{{- define "integration-operator.texts" -}}
{{- $all := dict }}
{{- range . }}
{{- range $key, $value := . }}
{{- if not (or (hasKey $all $key) (kindIs "invalid" $value)) }}
{{- $_ := set $all $key (include "integration-operator.text" $value) }}
{{- end }}
{{- end }}
{{- end }}
{{- with $all }}{{ toYaml . }}{{ end }}
{{- end }}

{{- /* The labels of everything, and those of the maps after it: list $ map… */}}
{{- define "integration-operator.labels" -}}
{{- $ := index . 0 }}
{{- $own := dict
      "app.kubernetes.io/name" "integration-operator"
      "app.kubernetes.io/part-of" "integration-operator"
      "app.kubernetes.io/instance" $.Release.Name
      "app.kubernetes.io/version" $.Chart.AppVersion
      "app.kubernetes.io/managed-by" $.Release.Service
      "helm.sh/chart" (printf "%s-%s" $.Chart.Name $.Chart.Version | replace "+" "_") }}
{{- include "integration-operator.texts" (concat (rest .) (list $.Values.commonLabels $own)) }}
{{- end }}

{{- /* watchNamespaces as a list in JSON: a namespace may be a number to YAML, such as 2024. */}}
{{- define "integration-operator.watchNamespaces" -}}
{{- $names := list }}
{{- range .Values.watchNamespaces }}{{ $names = append $names (include "integration-operator.text" .) }}{{ end }}
{{- toJson $names }}
{{- end }}

{{- define "integration-operator.image" -}}
{{- with .Values.image -}}
{{ .repository }}:{{ include "integration-operator.text" (.tag | default $.Chart.AppVersion) }}{{ with .digest }}@{{ . }}{{ end }}
{{- end }}
{{- end }}

{{- /* The subjects of the operator's bindings: its ServiceAccount. */}}
{{- define "integration-operator.subjects" -}}
- kind: ServiceAccount
  name: {{ include "integration-operator.text" (.Values.serviceAccount).name | quote }}
  namespace: {{ .Release.Namespace | quote }}
{{- end }}

{{- /* The common part of all Pods of the chart. */}}
{{- define "integration-operator.podSpec" -}}
automountServiceAccountToken: true
enableServiceLinks: false
{{- with .Values.imagePullSecrets }}
imagePullSecrets: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.podSecurityContext }}
securityContext: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with include "integration-operator.texts" (list .Values.nodeSelector) }}
nodeSelector: {{- . | nindent 2 }}
{{- end }}
{{- with .Values.tolerations }}
tolerations: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.affinity }}
affinity: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.priorityClassName }}
priorityClassName: {{ include "integration-operator.text" . | quote }}
{{- end }}
{{- end }}

{{- /* A container that runs the operator with all the values. */}}
{{- define "integration-operator.container" -}}
image: {{ include "integration-operator.image" . | quote }}
imagePullPolicy: {{ (.Values.image).pullPolicy }}
args:
  - run
  {{- with .Values.publicURL }}
  - {{ printf "--public-url=%s" . | quote }}
  {{- end }}
  {{- with .Values.watchNamespaces }}
  - {{ printf "--watch-namespaces=%s" (include "integration-operator.watchNamespaces" $ | fromJsonArray | join ",") | quote }}
  {{- end }}
  {{- with .Values.maxConcurrentReconciles }}
  - --max-concurrent-reconciles={{ . }}
  {{- end }}
  {{- with .Values.logLevel }}
  - --log-level={{ . }}
  {{- end }}
  {{- if (.Values.providerCA).configMapName }}
  - {{ printf "--provider-ca-file=/etc/integration-operator/provider-ca/%s" (.Values.providerCA).key | quote }}
  {{- end }}
  {{- if .Values.allowHTTPProviders }}
  - --allow-http-providers
  {{- end }}
{{- with .Values.extraEnv }}
env:
  {{- range . }}
  - name: {{ .name | quote }}
    {{- if not (kindIs "invalid" .value) }}
    value: {{ include "integration-operator.text" .value | quote }}
    {{- end }}
    {{- with .valueFrom }}
    valueFrom: {{- toYaml . | nindent 6 }}
    {{- end }}
  {{- end }}
{{- end }}
{{- include "integration-operator.confinement" . | nindent 0 }}
{{- if (.Values.providerCA).configMapName }}
volumeMounts:
  - name: provider-ca
    mountPath: /etc/integration-operator/provider-ca
    readOnly: true
{{- end }}
{{- end }}

{{- /* The security context and resources of every container of the chart. */}}
{{- define "integration-operator.confinement" -}}
{{- with .Values.securityContext }}
securityContext: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.resources }}
resources: {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{- /* The volumes for the mounts of this container. */}}
{{- define "integration-operator.volumes" -}}
{{- with (.Values.providerCA).configMapName }}
volumes:
  - name: provider-ca
    configMap:
      name: {{ include "integration-operator.text" . | quote }}
{{- end }}
{{- end }}

{{- /* Host and path of publicURL, for the Ingress and the HTTPRoute. */}}
{{- define "integration-operator.publicHost" -}}
{{- (urlParse .Values.publicURL).hostname -}}
{{- end }}
{{- define "integration-operator.publicPath" -}}
{{- printf "%s/oauth" ((urlParse .Values.publicURL).path | trimSuffix "/") -}}
{{- end }}
