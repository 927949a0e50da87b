{{/*
Environment variables: the heap's limit, a proxy's address with its credentials, and the user's own, each name once. A name that stands twice is an error where
manifests are applied server-side. NODE_OPTIONS of the user's are joined with ours, and win where both say the same.
*/}}

{{/* A list of env items, "" when there are none. Takes settings. */}}
{{- define "crest-gateway-sidecar.env" -}}
{{- $at := .at -}}
{{- $heap := include "crest-gateway-sidecar.heapOptions" . -}}
{{- $options := list -}}
{{- if $heap -}}
{{- $options = append $options $heap -}}
{{- end -}}
{{- $seen := dict -}}
{{- $others := list -}}
{{- range $given := .values.extraEnv -}}
{{- if hasKey $seen $given.name -}}
{{- fail (printf "%sextraEnv has %s twice" $at $given.name) -}}
{{- end -}}
{{- $_ := set $seen $given.name true -}}
{{- range $reserved := include "crest-gateway-sidecar.reserved" $ | fromYamlArray -}}
{{- if eq $reserved.env $given.name -}}
{{- fail (printf "%sextraEnv has %s, which the command line would overrule: set %s%s instead" $at $given.name $at $reserved.value) -}}
{{- end -}}
{{- end -}}
{{- if and $.adminHosts (eq $given.name "ADMIN_HOST") -}}
{{- fail (printf "%sextraEnv has ADMIN_HOST, which the chart's own --admin-host would overrule: add --admin-host=NAME to %sextraArgs instead" $at $at) -}}
{{- end -}}
{{- if ne $given.name "NODE_OPTIONS" -}}
{{- $others = append $others $given -}}
{{- else if hasKey $given "valueFrom" -}}
{{- fail (printf "%sextraEnv has NODE_OPTIONS with valueFrom: give it as a plain value, so that it can be joined with the heap's limit" $at) -}}
{{- else -}}
{{- $options = append $options ($given.value | default "") -}}
{{- end -}}
{{- end -}}
{{- with (.values.upstreamProxy | default dict).secret -}}
{{- $ref := dict "name" . "key" "url" -}}
{{- $others = prepend $others (dict "name" "UPSTREAM_PROXY" "valueFrom" (dict "secretKeyRef" $ref)) -}}
{{- end -}}
{{- with compact $options -}}
{{- $others = prepend $others (dict "name" "NODE_OPTIONS" "value" (join " " .)) -}}
{{- end -}}
{{- with $others -}}
{{- toYaml . -}}
{{- end -}}
{{- end -}}
