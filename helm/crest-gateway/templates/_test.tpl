{{/* What tells the pod of `helm test`: not the labels of the gateway, or the Service would send callers there. */}}
{{- define "crest-gateway.testLabels" -}}
app.kubernetes.io/name: {{ printf "%s-test" (include "crest-gateway.name" . | trunc 58 | trimSuffix "-") | quote }}
app.kubernetes.io/instance: {{ include "crest-gateway.instance" . | quote }}
{{- end -}}
