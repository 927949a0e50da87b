{{/*
How large Node's heap may grow. Node does not see a small memory limit when it sizes its heap, so the chart tells it: 60 %
of the limit; the rest is for buffers, sockets and code. Knows quantities, not containers.
*/}}

{{/* The limit in MiB, with decimals; "" without a limit. Takes settings. */}}
{{- define "crest-gateway-sidecar.memoryLimitMiB" -}}
{{- $limit := dig "limits" "memory" "" (.values.resources | default dict) -}}
{{- if $limit -}}
{{- $text := kindIs "string" $limit | ternary $limit (printf "%d" (int64 $limit)) -}}
{{- if not (regexMatch "^[0-9]+([.][0-9]+)?(Ki|Mi|Gi|k|M|G)?$" $text) -}}
{{- fail (printf "%sresources.limits.memory is %q: write it as 256Mi, 1Gi, 512M, 1G or plain bytes" .at $text) -}}
{{- end -}}
{{- $bytes := dict "" 1 "k" 1e3 "M" 1e6 "G" 1e9 "Ki" 1024 "Mi" 1048576 "Gi" 1073741824 -}}
{{- $unit := regexFind "[A-Za-z]+$" $text -}}
{{- divf (mulf (trimSuffix $unit $text) (get $bytes $unit)) 1048576 -}}
{{- end -}}
{{- end -}}

{{/* --max-old-space-size in MiB; "" when there is no limit to go by. Takes settings. */}}
{{- define "crest-gateway-sidecar.heapMiB" -}}
{{- $limit := include "crest-gateway-sidecar.memoryLimitMiB" . -}}
{{- if $limit -}}
{{- if lt (float64 $limit) 64.0 -}}
{{- fail (printf "%sresources.limits.memory is %v: too small, the gateway needs 64Mi at least (256Mi is the default)" .at .values.resources.limits.memory) -}}
{{- end -}}
{{- mulf $limit 0.6 | floor | int -}}
{{- end -}}
{{- end -}}
