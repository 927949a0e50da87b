{{/*
What the templates of crest-gateway-sidecar are to make a gateway of its own from, as JSON: it listens to the whole pod,
and its port for callers has a name. They also want the root, which cannot go through JSON.
*/}}
{{- define "crest-gateway.settings" -}}
{{- dict
  "values" .Values
  "at" ""
  "native" false
  "listen" (printf ":%d" (int .Values.listenPort))
  "ports" (list (dict "name" (include "crest-gateway.scheme" .) "containerPort" (int .Values.listenPort) "protocol" "TCP"))
  "adminHosts" (include "crest-gateway.adminHosts" . | fromYamlArray)
  "configMap" (include "crest-gateway.fullname" .)
  | toJson -}}
{{- end -}}

{{/* By which names the admin port is found: whoever scrapes it by the Service's sends that name as Host. */}}
{{- define "crest-gateway.adminHosts" -}}
{{- $service := include "crest-gateway.adminService" . -}}
{{- $inCluster := printf "%s.%s.svc" $service .Release.Namespace -}}
{{- list $service (printf "%s.%s" $service .Release.Namespace) $inCluster (printf "%s.cluster.local" $inCluster) | toYaml -}}
{{- end -}}

{{/* What callers have to speak: https or http. Their port is called so, too. */}}
{{- define "crest-gateway.scheme" -}}
{{- ternary "https" "http" (not (empty (.Values.callerTls | default dict).secret)) -}}
{{- end -}}

{{/* The fewest pods there are to be at any time. */}}
{{- define "crest-gateway.fewestPods" -}}
{{- ternary .Values.autoscaling.minReplicas .Values.replicaCount .Values.autoscaling.enabled | int -}}
{{- end -}}
