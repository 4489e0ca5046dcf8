{{- define "aitestgen.name" -}}
{{- if contains .Chart.Name .Release.Name }}{{ .Release.Name | trunc 50 | trimSuffix "-" }}{{ else }}{{ printf "%s-%s" .Release.Name .Chart.Name | trunc 50 | trimSuffix "-" }}{{ end }}
{{- end }}

{{- define "aitestgen.selector" -}}
app.kubernetes.io/name: {{ .root.Chart.Name }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .part }}
{{- end }}

{{- define "aitestgen.labels" -}}
{{ include "aitestgen.selector" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version | replace "+" "_" }}
{{- end }}

{{- define "aitestgen.secret" -}}
{{ .Values.secret.existing | default (include "aitestgen.name" .) }}
{{- end }}

{{- define "aitestgen.account" -}}
{{ .Values.serviceAccount.name | default (ternary (include "aitestgen.name" .) "default" .Values.serviceAccount.create) }}
{{- end }}

{{- /* "yes" where jobs are kept in PostgreSQL. */ -}}
{{- define "aitestgen.database" -}}
{{- if or .Values.secret.databaseUrl (and .Values.secret.existing .Values.database.external) }}yes{{ end }}
{{- end }}

{{- /* What cannot work is refused here, with the value to change. */ -}}
{{- define "aitestgen.check" -}}
{{- if not (include "aitestgen.database" .) }}
{{- if or (gt (int .Values.api.replicas) 1) .Values.api.autoscaling.enabled }}{{ fail "api: more than one pod needs a database: set secret.databaseUrl, or secret.existing and database.external" }}{{ end }}
{{- if .Values.worker.enabled }}{{ fail "worker.enabled needs a database: set secret.databaseUrl, or secret.existing and database.external" }}{{ end }}
{{- end }}
{{- if and .Values.worker.queueScaling.enabled (not .Values.worker.enabled) }}{{ fail "worker.queueScaling needs worker.enabled" }}{{ end }}
{{- if and .Values.ingress.enabled (not .Values.ingress.host) }}{{ fail "ingress.enabled needs ingress.host" }}{{ end }}
{{- if and .Values.gateway.enabled (not .Values.gateway.parent) }}{{ fail "gateway.enabled needs gateway.parent, the name of a Gateway" }}{{ end }}
{{- if and .Values.sandbox.createRuntimeClass.enabled (not .Values.sandbox.runtimeClassName) }}{{ fail "sandbox.createRuntimeClass needs sandbox.runtimeClassName" }}{{ end }}
{{- end }}

{{- define "aitestgen.podSecurity" -}}
runAsNonRoot: true
runAsUser: 10001
runAsGroup: 10001
fsGroup: 10001
seccompProfile: {type: RuntimeDefault}
{{- end }}

{{- define "aitestgen.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: {drop: [ALL]}
{{- end }}

{{- define "aitestgen.pull" -}}
{{- with .Values.imagePullSecrets }}
imagePullSecrets: {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{- /* The environment of API, workers and migration. */ -}}
{{- define "aitestgen.environment" -}}
envFrom:
  - configMapRef: {name: {{ include "aitestgen.name" . }}}
env:
  - name: AITESTGEN_SANDBOX_TOKEN
    valueFrom: {secretKeyRef: {name: {{ include "aitestgen.secret" . }}, key: sandbox-token, optional: true}}
  - name: GROQ_API_KEY
    valueFrom: {secretKeyRef: {name: {{ include "aitestgen.secret" . }}, key: groq-api-key, optional: true}}
{{- if include "aitestgen.database" . }}
  - name: AITESTGEN_DATABASE_URL
    valueFrom: {secretKeyRef: {name: {{ include "aitestgen.secret" . }}, key: database-url}}
  - name: AITESTGEN_MIGRATE
    value: {{ ternary "by-command" "at-start" (and .Values.migrate.enabled (ne .Values.secret.existing "")) }}
{{- end }}
{{- end }}

{{- define "aitestgen.appContainer" -}}
image: "{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}"
imagePullPolicy: {{ .Values.image.pullPolicy }}
securityContext: {{- include "aitestgen.containerSecurity" . | nindent 2 }}
{{ include "aitestgen.environment" . }}
{{- end }}
