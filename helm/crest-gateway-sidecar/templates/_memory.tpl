{{/*
How large Node's heap may grow. Node does not see a small memory limit when it sizes its heap, so the chart tells it: 60 %
of the limit; the rest is for buffers, sockets and code. Knows quantities, not containers.
*/}}

{{/* `limits` or `requests` of memory in MiB, with decimals; "" where there is none. Takes (list settings "limits"). */}}
{{- define "crest-gateway-sidecar.memoryMiB" -}}
{{- $settings := index . 0 -}}
{{- $which := index . 1 -}}
{{- $amount := (index ($settings.values.resources | default dict) $which | default dict).memory -}}
{{- if $amount -}}
{{- $text := kindIs "string" $amount | ternary $amount (printf "%d" (int64 $amount)) -}}
{{- if not (regexMatch "^[0-9]+([.][0-9]+)?(Ki|Mi|Gi|k|M|G)?$" $text) -}}
{{- fail (printf "%sresources.%s.memory is %q: write it as 256Mi, 1Gi, 512M, 1G or plain bytes" $settings.at $which $text) -}}
{{- end -}}
{{- $bytes := dict "" 1 "k" 1e3 "M" 1e6 "G" 1e9 "Ki" 1024 "Mi" 1048576 "Gi" 1073741824 -}}
{{- $unit := regexFind "[A-Za-z]+$" $text -}}
{{- divf (mulf (trimSuffix $unit $text) (get $bytes $unit)) 1048576 -}}
{{- end -}}
{{- end -}}

{{/*
Node's options for its heap; "" when there is no limit to go by. The young generation gets a sixty-fourth of the limit, 16
MiB at most: what Node takes in a small container is so little that it collects all the time. Takes settings.
*/}}
{{- define "crest-gateway-sidecar.heapOptions" -}}
{{- $limit := include "crest-gateway-sidecar.memoryMiB" (list . "limits") -}}
{{- if $limit -}}
{{- $resources := .values.resources -}}
{{- if lt (float64 $limit) 64.0 -}}
{{- fail (printf "%sresources.limits.memory is %v: too small, the gateway needs 64Mi at least (256Mi is the default)" .at $resources.limits.memory) -}}
{{- end -}}
{{- $request := include "crest-gateway-sidecar.memoryMiB" (list . "requests") | default "0" -}}
{{- if gt (float64 $request) (float64 $limit) -}}
{{- fail (printf "%sresources.requests.memory (%v) is more than %sresources.limits.memory (%v), which Kubernetes refuses: change both" .at $resources.requests.memory .at $resources.limits.memory) -}}
{{- end -}}
{{- $young := divf $limit 64 | floor | int | max 1 | min 16 -}}
{{- printf "--max-old-space-size=%d --max-semi-space-size=%d" (mulf $limit 0.6 | floor | int) $young -}}
{{- end -}}
{{- end -}}
