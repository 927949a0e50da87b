{{/*
The volumes that the container mounts. Takes settings, which here also need:
  configMap  the name of the ConfigMap with the policy, unless the values name an existing one
*/}}
{{- define "crest-gateway-sidecar.volumeItems" -}}
{{- $v := .values -}}
{{- $tls := $v.upstreamTls | default dict -}}
- name: crest-gateway-policy
  configMap:
    name: {{ $v.existingConfigMap | default .configMap | quote }}
{{- if $tls.caSecret }}
- name: crest-gateway-upstream-ca
  secret:
    secretName: {{ $tls.caSecret | quote }}
    items: [{ key: ca.crt, path: ca.crt }]
{{- end }}
{{- if $tls.clientSecret }}
- name: crest-gateway-upstream-client
  secret:
    secretName: {{ $tls.clientSecret | quote }}
{{- end }}
{{- with $v.extraVolumes }}
{{ toYaml . }}
{{- end }}
{{- end -}}
