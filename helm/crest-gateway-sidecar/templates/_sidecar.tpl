{{/*
What an application's chart includes. Each takes the chart's own "." and reads the values under the name of this chart;
each renders nothing where it does not apply. All others are for these, and for the chart of the gateway on its own.
*/}}

{{/* The settings of a sidecar, as JSON. */}}
{{- define "crest-gateway-sidecar.settings" -}}
{{- $values := index .Values "crest-gateway-sidecar" -}}
{{- if not $values -}}
{{- fail "crest-gateway-sidecar is not among this chart's dependencies, or goes by an alias there: its values are missing" -}}
{{- end -}}
{{- dict
  "values" $values
  "at" "crest-gateway-sidecar."
  "native" $values.native
  "listen" (printf "127.0.0.1:%d" (int $values.listenPort))
  "ports" list
  "configMap" (include "crest-gateway-sidecar.name" .)
  | toJson -}}
{{- end -}}

{{/* List items for spec.initContainers; before the containers that the application's other init containers wait for. */}}
{{- define "crest-gateway-sidecar.initContainers" -}}
{{- $settings := include "crest-gateway-sidecar.settings" . | fromJson -}}
{{- if and $settings.values.enabled $settings.native -}}
{{- include "crest-gateway-sidecar.container" (set $settings "root" .) -}}
{{- end -}}
{{- end -}}

{{/* List items for spec.containers. */}}
{{- define "crest-gateway-sidecar.containers" -}}
{{- $settings := include "crest-gateway-sidecar.settings" . | fromJson -}}
{{- if and $settings.values.enabled (not $settings.native) -}}
{{- include "crest-gateway-sidecar.container" (set $settings "root" .) -}}
{{- end -}}
{{- end -}}

{{/* List items for spec.volumes. */}}
{{- define "crest-gateway-sidecar.volumes" -}}
{{- $settings := include "crest-gateway-sidecar.settings" . | fromJson -}}
{{- if $settings.values.enabled -}}
{{- include "crest-gateway-sidecar.volumeItems" $settings -}}
{{- end -}}
{{- end -}}

{{/* Whole documents: the ConfigMap with the policy, and a PodMonitor. */}}
{{- define "crest-gateway-sidecar.resources" -}}
{{- $settings := include "crest-gateway-sidecar.settings" . | fromJson -}}
{{- $_ := set $settings "root" . -}}
{{- if $settings.values.enabled -}}
{{- if not $settings.values.existingConfigMap -}}
{{- include "crest-gateway-sidecar.configMap" $settings -}}
{{- end -}}
{{- if $settings.values.podMonitor.enabled }}
---
{{ include "crest-gateway-sidecar.podMonitor" $settings }}
{{- end -}}
{{- end -}}
{{- end -}}

{{/* For a pod annotation, when pods should restart with each change of the policy. They need not. */}}
{{- define "crest-gateway-sidecar.policyChecksum" -}}
{{- include "crest-gateway-sidecar.checksum" (include "crest-gateway-sidecar.settings" . | fromJson) -}}
{{- end -}}
