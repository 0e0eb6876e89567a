{{- /*
Names are fixed. There is one install to a cluster (its ClusterRoles have these names, so Helm refuses a second one), the
Lease and the keys' Secret are the operator's own names, and people bind to the ClusterRoles in their Git repositories.
*/}}
{{- define "integration-operator.selectorLabels" -}}
app.kubernetes.io/name: integration-operator
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: operator
{{- end }}

{{- define "integration-operator.labels" -}}
app.kubernetes.io/name: integration-operator
app.kubernetes.io/part-of: integration-operator
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- define "integration-operator.image" -}}
{{- with .Values.image -}}
{{ .repository }}:{{ .tag | default $.Chart.AppVersion }}{{ with .digest }}@{{ . }}{{ end }}
{{- end }}
{{- end }}

{{- /* The subjects of the operator's bindings: its ServiceAccount. */}}
{{- define "integration-operator.subjects" -}}
- kind: ServiceAccount
  name: {{ .Values.serviceAccount.name }}
  namespace: {{ .Release.Namespace }}
{{- end }}

{{- /* What all Pods of the chart share. */}}
{{- define "integration-operator.podSpec" -}}
automountServiceAccountToken: true
enableServiceLinks: false
{{- with .Values.imagePullSecrets }}
imagePullSecrets: {{- toYaml . | nindent 2 }}
{{- end }}
securityContext: {{- toYaml .Values.podSecurityContext | nindent 2 }}
{{- with .Values.nodeSelector }}
nodeSelector: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.tolerations }}
tolerations: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.affinity }}
affinity: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- end }}

{{- /* A container that runs the operator with everything that the values say. */}}
{{- define "integration-operator.container" -}}
image: {{ include "integration-operator.image" . }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
args:
  - run
  {{- with .Values.publicURL }}
  - --public-url={{ . }}
  {{- end }}
  {{- with .Values.watchNamespaces }}
  - --watch-namespaces={{ join "," . }}
  {{- end }}
  - --max-concurrent-reconciles={{ .Values.maxConcurrentReconciles }}
  - --log-level={{ .Values.logLevel }}
  {{- if .Values.providerCA.configMapName }}
  - --provider-ca-file=/etc/integration-operator/provider-ca/{{ .Values.providerCA.key }}
  {{- end }}
  {{- if .Values.allowHTTPProviders }}
  - --allow-http-providers
  {{- end }}
{{- with .Values.extraEnv }}
env: {{- toYaml . | nindent 2 }}
{{- end }}
securityContext: {{- toYaml .Values.securityContext | nindent 2 }}
resources: {{- toYaml .Values.resources | nindent 2 }}
{{- if .Values.providerCA.configMapName }}
volumeMounts:
  - name: provider-ca
    mountPath: /etc/integration-operator/provider-ca
    readOnly: true
{{- end }}
{{- end }}

{{- /* What that container mounts. */}}
{{- define "integration-operator.volumes" -}}
{{- with .Values.providerCA.configMapName }}
volumes:
  - name: provider-ca
    configMap:
      name: {{ . }}
{{- end }}
{{- end }}

{{- /* Host and path of publicURL, for what leads there. */}}
{{- define "integration-operator.publicHost" -}}
{{- (urlParse .Values.publicURL).hostname -}}
{{- end }}
{{- define "integration-operator.publicPath" -}}
{{- printf "%s/oauth" ((urlParse .Values.publicURL).path | trimSuffix "/") -}}
{{- end }}
