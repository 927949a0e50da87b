{{/* Labels of the pod of `helm test`: not those of the gateway, or the Service would send callers there. */}}
{{- define "crest-gateway.testLabels" -}}
app.kubernetes.io/name: {{ printf "%s-test" (include "crest-gateway.name" . | trunc 58 | trimSuffix "-") }}
app.kubernetes.io/instance: {{ include "crest-gateway.instance" . }}
{{- end -}}
