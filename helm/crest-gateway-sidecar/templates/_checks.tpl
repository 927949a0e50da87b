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
{{- if eq (int $v.listenPort) (int $v.adminPort) -}}
{{- fail (printf "%slistenPort and %sadminPort are both %d: they have to differ" $at $at (int $v.adminPort)) -}}
{{- end -}}
{{- $delay := include "crest-gateway-sidecar.drainDelaySeconds" . | int -}}
{{- $limit := int $v.drainLimitSeconds -}}
{{- $grace := int $v.terminationGracePeriodSeconds -}}
{{- if ge (add $delay $limit) $grace -}}
{{- fail (printf "%sdrainDelaySeconds and %sdrainLimitSeconds are %d s together, but the pod is killed after terminationGracePeriodSeconds (%d s): lower them, or raise %sterminationGracePeriodSeconds%s" $at $at (add $delay $limit) $grace $at (empty $at | ternary "" " and the pod's own")) -}}
{{- end -}}
{{- end -}}
