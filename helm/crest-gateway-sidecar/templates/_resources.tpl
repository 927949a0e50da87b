{{/* The objects that come along with a sidecar. Both take settings. */}}

{{- define "crest-gateway-sidecar.metadata" -}}
name: {{ .configMap | quote }}
namespace: {{ .root.Release.Namespace | quote }}
labels:
  {{- include "crest-gateway-sidecar.labels" . | nindent 2 }}
{{- with .values.annotations }}
annotations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{- define "crest-gateway-sidecar.configMap" -}}
apiVersion: v1
kind: ConfigMap
metadata:
  {{- include "crest-gateway-sidecar.metadata" . | nindent 2 }}
data:
  {{- include "crest-gateway-sidecar.policyData" . | nindent 2 }}
{{- end -}}

{{- define "crest-gateway-sidecar.podMonitor" -}}
{{- $monitor := .values.podMonitor -}}
apiVersion: monitoring.coreos.com/v1
kind: PodMonitor
metadata:
  {{- include "crest-gateway-sidecar.metadata" (merge (dict "moreLabels" $monitor.labels) .) | nindent 2 }}
spec:
  # Of the pods chosen here, those are scraped that have a port of this name.
  selector:
    {{- with $monitor.selector }}
    {{- toYaml . | nindent 4 }}
    {{- else }}
    matchLabels:
      app.kubernetes.io/instance: {{ .root.Release.Name | quote }}
    {{- end }}
  podMetricsEndpoints:
    - port: gateway-admin
      path: /metrics
      interval: {{ $monitor.interval }}
{{- end -}}
