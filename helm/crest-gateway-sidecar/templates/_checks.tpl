{{/*
What a schema cannot say: values that have to be there, and values that have to fit together. Each failure names the
value and the cure. Renders nothing. Takes settings.
*/}}
{{- define "crest-gateway-sidecar.check" -}}
{{- $v := .values -}}
{{- $at := .at -}}
{{- if not $v.upstream -}}
{{- fail (printf "%supstream is empty: set it to the tenant, e.g. https://openam-example.forgeblocks.com" $at) -}}
{{- end -}}
{{- if not (regexMatch "^https?://[^/?#@\\s]+/?$" $v.upstream) -}}
{{- fail (printf "%supstream is no address of a tenant: write https://host or http://host:port, without a path, a query or credentials" $at) -}}
{{- end -}}
{{- include "crest-gateway-sidecar.checkProxy" . -}}
{{- if eq (int $v.listenPort) (int $v.adminPort) -}}
{{- fail (printf "%slistenPort and %sadminPort are both %d: they have to differ" $at $at (int $v.adminPort)) -}}
{{- end -}}
{{- $callers := $v.callerTls | default dict -}}
{{- if and $callers.clientCaSecret (not $callers.secret) -}}
{{- fail (printf "%scallerTls.clientCaSecret asks callers for certificates, which takes TLS: set %scallerTls.secret too" $at $at) -}}
{{- end -}}
{{- include "crest-gateway-sidecar.checkVolumes" . -}}
{{- $delay := include "crest-gateway-sidecar.drainDelaySeconds" . | int -}}
{{- $limit := int $v.drainLimitSeconds -}}
{{- $grace := int $v.terminationGracePeriodSeconds -}}
{{- if ge (add $delay $limit) $grace -}}
{{- fail (printf "%sdrainDelaySeconds and %sdrainLimitSeconds are %d s together, but the pod is killed after terminationGracePeriodSeconds (%d s): lower them, or raise %sterminationGracePeriodSeconds%s" $at $at (add $delay $limit) $grace $at (empty $at | ternary "" " and the pod's own")) -}}
{{- end -}}
{{- end -}}

{{/* The proxy is said once, and its credentials are in a Secret. Takes settings. */}}
{{- define "crest-gateway-sidecar.checkProxy" -}}
{{- $at := .at -}}
{{- $proxy := .values.upstreamProxy | default dict -}}
{{- if and $proxy.url $proxy.secret -}}
{{- fail (printf "%supstreamProxy has both url and secret: the address is in the Secret, or here" $at) -}}
{{- end -}}
{{- if contains "@" ($proxy.url | default "") -}}
{{- fail (printf "%supstreamProxy.url has credentials in it, which everybody could read: put the whole address under the key `url` of a Secret, and name that in %supstreamProxy.secret" $at $at) -}}
{{- end -}}
{{- if and $proxy.url (not (regexMatch "^https?://[^/?#@\\s]+/?$" $proxy.url)) -}}
{{- fail (printf "%supstreamProxy.url is no address of a proxy: write http://host:port or https://host:port" $at) -}}
{{- end -}}
{{- end -}}

{{/* Volumes and mounts of the user's beside the chart's own: each name and each path once. Takes settings. */}}
{{- define "crest-gateway-sidecar.checkVolumes" -}}
{{- $at := .at -}}
{{- $names := list "crest-gateway-policy" -}}
{{- $paths := list "/etc/crest-gateway" -}}
{{- range include "crest-gateway-sidecar.tlsTable" . | fromYamlArray -}}
{{- $names = append $names .volume -}}
{{- $paths = append $paths (printf "/etc/crest-gateway-tls/%s" .folder) -}}
{{- end -}}
{{- range .values.extraVolumes -}}
{{- if has .name $names -}}
{{- fail (printf "%sextraVolumes has %s, which is there already: choose another name" $at .name) -}}
{{- end -}}
{{- $names = append $names .name -}}
{{- end -}}
{{- range .values.extraVolumeMounts -}}
{{- $path := .mountPath | default "" | clean -}}
{{- if has $path $paths -}}
{{- fail (printf "%sextraVolumeMounts has something at %s, where there is something already: choose another mountPath" $at $path) -}}
{{- end -}}
{{- $paths = append $paths $path -}}
{{- end -}}
{{- end -}}
