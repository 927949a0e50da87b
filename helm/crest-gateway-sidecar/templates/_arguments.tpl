{{/*
The command line, and which flags and variables the chart keeps for itself: what stands there twice would be true once.
Takes settings, which here also need:
  native  whether the container is an init container that is told to stop last
  listen  HOST:PORT for callers
and may have:
  adminHosts  what the admin port is called, where a Service leads to it
*/}}

{{/* Flag, environment variable, and the value of the chart that says it. Takes settings. */}}
{{- define "crest-gateway-sidecar.reserved" -}}
- { flag: upstream, env: UPSTREAM_URL, value: upstream }
- { flag: listen, env: LISTEN, value: listenPort }
- { flag: admin, env: ADMIN, value: adminPort }
- { flag: policy, env: POLICY_FILE, value: policy }
- { flag: log-level, env: LOG_LEVEL, value: logLevel }
- { flag: drain-delay, env: DRAIN_DELAY, value: drainDelaySeconds }
- { flag: drain-limit, env: DRAIN_LIMIT, value: drainLimitSeconds }
{{- $tls := .values.upstreamTls | default dict }}
{{- if $tls.caSecret }}
- { flag: upstream-ca, env: UPSTREAM_CA_FILE, value: upstreamTls.caSecret }
{{- end }}
{{- if $tls.clientSecret }}
- { flag: upstream-cert, env: UPSTREAM_CERT_FILE, value: upstreamTls.clientSecret }
- { flag: upstream-key, env: UPSTREAM_KEY_FILE, value: upstreamTls.clientSecret }
{{- end }}
{{- end -}}

{{- define "crest-gateway-sidecar.drainDelaySeconds" -}}
{{- if kindIs "invalid" .values.drainDelaySeconds -}}
{{- ternary 0 5 .native -}}
{{- else -}}
{{- int .values.drainDelaySeconds -}}
{{- end -}}
{{- end -}}

{{- define "crest-gateway-sidecar.args" -}}
{{- $tls := .values.upstreamTls | default dict -}}
{{- $at := .at -}}
{{- range $reserved := include "crest-gateway-sidecar.reserved" . | fromYamlArray -}}
{{- range $given := $.values.extraArgs -}}
{{- if or (eq $given (printf "--%s" $reserved.flag)) (hasPrefix (printf "--%s=" $reserved.flag) $given) -}}
{{- fail (printf "%sextraArgs has %s: set %s%s instead" $at $given $at $reserved.value) -}}
{{- end -}}
{{- end -}}
{{- end -}}
- serve
- --upstream={{ .values.upstream }}
- --listen={{ .listen }}
- --admin=:{{ int .values.adminPort }}
{{- with .adminHosts }}
- --admin-host={{ join "," . }}
{{- end }}
- --policy=/etc/crest-gateway/policy.yaml
- --log-level={{ .values.logLevel }}
- --drain-delay={{ include "crest-gateway-sidecar.drainDelaySeconds" . }}s
- --drain-limit={{ int .values.drainLimitSeconds }}s
{{- if $tls.caSecret }}
- --upstream-ca=/etc/crest-gateway-tls/ca/ca.crt
{{- end }}
{{- if $tls.clientSecret }}
- --upstream-cert=/etc/crest-gateway-tls/client/tls.crt
- --upstream-key=/etc/crest-gateway-tls/client/tls.key
{{- end }}
{{- with .values.extraArgs }}
{{ toYaml . }}
{{- end }}
{{- end -}}
