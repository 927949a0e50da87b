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
{{- range $row := include "crest-gateway-sidecar.tls" . | fromYamlArray }}
{{- range $flag, $_ := $row.files }}
- { flag: {{ $flag }}, env: {{ upper $flag | replace "-" "_" }}_FILE, value: {{ $row.value }} }
{{- end }}
{{- end }}
{{- $proxy := .values.upstreamProxy | default dict }}
{{- if or $proxy.url $proxy.secret }}
- { flag: upstream-proxy, env: UPSTREAM_PROXY, value: upstreamProxy.{{ ternary "url" "secret" (not (empty $proxy.url)) }} }
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
{{- range $row := include "crest-gateway-sidecar.tls" . | fromYamlArray }}
{{- range $flag, $file := $row.files }}
- --{{ $flag }}={{ $row.path }}/{{ $file }}
{{- end }}
{{- end }}
{{- $proxy := .values.upstreamProxy | default dict }}
{{- with $proxy.url }}
- --upstream-proxy={{ . }}
{{- end }}
{{- with .values.extraArgs }}
{{ toYaml . }}
{{- end }}
{{- end -}}
