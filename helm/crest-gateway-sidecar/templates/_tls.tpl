{{/*
Files of TLS: the value that names their Secret, the volume and folder that bring them, and the flag for each. Secrets are
mounted as folders, so that the gateway sees it when they are renewed. Knows nothing of what is in them.
*/}}

{{- define "crest-gateway-sidecar.tlsTable" -}}
- { value: upstreamTls.caSecret, volume: crest-gateway-upstream-ca, folder: ca, files: { upstream-ca: ca.crt } }
- { value: upstreamTls.clientSecret, volume: crest-gateway-upstream-client, folder: client, files: { upstream-cert: tls.crt, upstream-key: tls.key } }
- { value: upstreamProxy.caSecret, volume: crest-gateway-proxy-ca, folder: proxy-ca, files: { upstream-proxy-ca: ca.crt } }
- { value: callerTls.secret, volume: crest-gateway-callers, folder: callers, files: { tls-cert: tls.crt, tls-key: tls.key } }
- { value: callerTls.clientCaSecret, volume: crest-gateway-callers-ca, folder: callers-ca, files: { tls-client-ca: ca.crt } }
{{- end -}}

{{/* The rows whose value is set, each with its "secret" and its "path". Takes settings. */}}
{{- define "crest-gateway-sidecar.tls" -}}
{{- $rows := list -}}
{{- range $row := include "crest-gateway-sidecar.tlsTable" . | fromYamlArray -}}
{{- $keys := splitList "." $row.value -}}
{{- $secret := get (get $.values (first $keys) | default dict) (last $keys) -}}
{{- if $secret -}}
{{- $rows = append $rows (merge (dict "secret" $secret "path" (printf "/etc/crest-gateway-tls/%s" $row.folder)) $row) -}}
{{- end -}}
{{- end -}}
{{- toYaml $rows -}}
{{- end -}}
