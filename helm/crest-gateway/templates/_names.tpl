{{/*
What things are called, and their labels. Selectors have the name and the instance only: they can never be changed once
a Deployment exists, and everything else changes with versions.
*/}}

{{- define "crest-gateway.name" -}}
{{- .Values.nameOverride | default .Chart.Name | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{- define "crest-gateway.instance" -}}
{{- .Release.Name | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{/* The release's name, with the chart's behind it unless it is in there already. Not every release makes a Service's. */}}
{{- define "crest-gateway.fullname" -}}
{{- $name := include "crest-gateway.name" . -}}
{{- $both := contains $name .Release.Name | ternary .Release.Name (printf "%s-%s" .Release.Name $name) -}}
{{- $full := .Values.fullnameOverride | default $both | trunc 63 | trimSuffix "-" -}}
{{- if not (regexMatch "^[a-z][-a-z0-9]*$" $full) -}}
{{- fail (printf "objects would be called %q, but a Service's name begins with a letter and has only a-z, 0-9 and -: set fullnameOverride" $full) -}}
{{- end -}}
{{- $full -}}
{{- end -}}

{{/* The full name with an ending that a long name does not cut off. Takes (list . "ending"). */}}
{{- define "crest-gateway.nameWith" -}}
{{- $ending := index . 1 -}}
{{- $room := sub 62 (len $ending) | int -}}
{{- printf "%s-%s" (include "crest-gateway.fullname" (index . 0) | trunc $room | trimSuffix "-") $ending -}}
{{- end -}}

{{- define "crest-gateway.serviceAccountName" -}}
{{- .Values.serviceAccount.name | default (ternary (include "crest-gateway.fullname" .) "default" .Values.serviceAccount.create) -}}
{{- end -}}

{{/* The Service in which the admin port stands. */}}
{{- define "crest-gateway.adminService" -}}
{{- if eq .Values.service.type "ClusterIP" -}}
{{- include "crest-gateway.fullname" . -}}
{{- else -}}
{{- include "crest-gateway.nameWith" (list . "admin") -}}
{{- end -}}
{{- end -}}

{{- define "crest-gateway.selectorLabels" -}}
app.kubernetes.io/name: {{ include "crest-gateway.name" . | quote }}
app.kubernetes.io/instance: {{ include "crest-gateway.instance" . | quote }}
{{- end -}}

{{/* Labels of every object. What users add cannot replace what selectors go by. */}}
{{- define "crest-gateway.labels" -}}
{{- $own := include "crest-gateway.selectorLabels" . | fromYaml -}}
{{- $_ := set $own "app.kubernetes.io/version" .Chart.AppVersion -}}
{{- $_ := set $own "app.kubernetes.io/managed-by" .Release.Service -}}
{{- $_ := set $own "helm.sh/chart" (printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-") -}}
{{- toYaml (merge $own (.Values.commonLabels | default dict)) -}}
{{- end -}}

{{/* Labels of an object that has some more. Takes (list . map). */}}
{{- define "crest-gateway.labelsWith" -}}
{{- $own := include "crest-gateway.labels" (index . 0) | fromYaml -}}
{{- toYaml (merge $own (index . 1 | default dict)) -}}
{{- end -}}

{{/* `metadata` of an object. Takes a dict: root; name, unless it is the full one; its own labels and annotations. */}}
{{- define "crest-gateway.metadata" -}}
name: {{ .name | default (include "crest-gateway.fullname" .root) | quote }}
namespace: {{ .root.Release.Namespace | quote }}
labels:
  {{- include "crest-gateway.labelsWith" (list .root .labels) | nindent 2 }}
{{- with .annotations }}
annotations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}
