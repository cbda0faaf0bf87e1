{{- define "rivgate.name" -}}
{{ default .Chart.Name .Values.nameOverride | trunc 50 | trimSuffix "-" }}
{{- end }}

{{- define "rivgate.fullname" -}}
{{- $name := include "rivgate.name" . -}}
{{- if .Values.fullnameOverride -}}
{{ .Values.fullnameOverride | trunc 50 | trimSuffix "-" }}
{{- else if contains $name .Release.Name -}}
{{ .Release.Name | trunc 50 | trimSuffix "-" }}
{{- else -}}
{{ printf "%s-%s" .Release.Name $name | trunc 50 | trimSuffix "-" }}
{{- end -}}
{{- end }}

{{- /* What selects pods. A part of the chart adds app.kubernetes.io/component. */ -}}
{{- define "rivgate.selector" -}}
app.kubernetes.io/name: {{ include "rivgate.name" . | quote }}
app.kubernetes.io/instance: {{ .Release.Name | quote }}
{{- end }}

{{- define "rivgate.labels" -}}
{{ include "rivgate.selector" . }}
app.kubernetes.io/version: {{ default .Chart.AppVersion .Values.image.tag | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service | quote }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | quote }}
{{- end }}

{{- define "rivgate.image" -}}
{{- if .image.digest -}}
{{ .image.repository }}@{{ .image.digest }}
{{- else -}}
{{ .image.repository }}:{{ default .tag .image.tag }}
{{- end -}}
{{- end }}

{{- define "rivgate.stateClaim" -}}
{{ default (printf "%s-state" (include "rivgate.fullname" .)) .Values.persistence.existingClaim }}
{{- end }}

{{- define "rivgate.hsaClaim" -}}
{{ default (printf "%s-hsa" (include "rivgate.fullname" .)) .Values.hsa.volume.existingClaim }}
{{- end }}

{{- /* No user of the image's own: any number but 0 will do. */ -}}
{{- define "rivgate.podSecurity" -}}
runAsNonRoot: true
runAsUser: 65532
runAsGroup: 65532
fsGroup: 65532
fsGroupChangePolicy: OnRootMismatch
seccompProfile: {type: RuntimeDefault}
{{- end }}

{{- define "rivgate.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: {drop: [ALL]}
{{- end }}
