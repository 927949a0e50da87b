{{/*
The policy file: its text, the ConfigMap that holds it, and a checksum for those who want pods to restart. The running
gateway takes a changed file over by itself, so nobody has to. Knows nothing of what a policy says.
*/}}

{{/* The text as the gateway will read it. Takes settings. */}}
{{- define "crest-gateway-sidecar.policyText" -}}
{{- $policy := .values.policy -}}
{{- $text := kindIs "string" $policy | ternary $policy (toYaml $policy) -}}
{{- if or (empty $policy) (not (trim $text)) -}}
{{- fail (printf "%spolicy is empty: give at least `version: 1`, or name a ConfigMap of your own in %sexistingConfigMap" .at .at) -}}
{{- end -}}
{{- $text | trimSuffix "\n" -}}
{{- end -}}

{{/* What a pod annotation can carry so that pods restart with each change. Takes settings. */}}
{{- define "crest-gateway-sidecar.checksum" -}}
{{- if .values.existingConfigMap -}}
{{- fail (printf "the policy is in the ConfigMap %q (%sexistingConfigMap), which the chart cannot read: leave its checksum out" .values.existingConfigMap .at) -}}
{{- end -}}
{{- include "crest-gateway-sidecar.policyText" . | sha256sum -}}
{{- end -}}

{{/* The ConfigMap's data. Takes settings. */}}
{{- define "crest-gateway-sidecar.policyData" -}}
{{- dict "policy.yaml" (include "crest-gateway-sidecar.policyText" . | printf "%s\n") | toYaml -}}
{{- end -}}
