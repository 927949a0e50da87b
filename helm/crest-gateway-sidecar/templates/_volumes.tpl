{{/*
The volumes that the container mounts. Takes settings, which here also need:
  configMap  the name of the ConfigMap with the policy, unless the values name an existing one
*/}}
{{- define "crest-gateway-sidecar.volumeItems" -}}
{{- $v := .values -}}
- name: crest-gateway-policy
  configMap:
    name: {{ $v.existingConfigMap | default .configMap | quote }}
{{- range include "crest-gateway-sidecar.tls" . | fromYamlArray }}
- name: {{ .volume }}
  secret:
    secretName: {{ .secret | quote }}
    items:
      {{- range $_, $file := .files }}
      - { key: {{ $file }}, path: {{ $file }} }
      {{- end }}
{{- end }}
{{- with $v.extraVolumes }}
{{ toYaml . }}
{{- end }}
{{- end -}}
