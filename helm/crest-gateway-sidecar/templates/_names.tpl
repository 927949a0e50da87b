{{/*
What things are called: the ConfigMap, the image, labels. Knows the release and the settings, no container.

Every template that is not meant for an application's chart takes "settings", a dict made once by its caller:
  root    the chart's own "."
  values  the values of the gateway, wherever they stand
  at      where they stand, for messages: "crest-gateway-sidecar." or ""
*/}}

{{/*
The name of everything that belongs to the sidecar of this chart. A chart inside another has its own name in it, since
its siblings share the release; where a name is cut, a checksum tells it from others that begin alike. Takes the root.
*/}}
{{- define "crest-gateway-sidecar.name" -}}
{{- $name := .Chart.IsRoot | ternary .Release.Name (printf "%s-%s" .Release.Name .Chart.Name) -}}
{{- if gt (len $name) 49 -}}
{{- $name = printf "%s-%s" ($name | trunc 40 | trimAll "-.") ($name | sha256sum | trunc 8) -}}
{{- end -}}
{{- printf "%s-crest-gateway" $name -}}
{{- end -}}

{{/* The version of the gateway that this chart was made for; .Chart would be the application's. Takes the root. */}}
{{- define "crest-gateway-sidecar.version" -}}
{{- (index .Subcharts "crest-gateway-sidecar").Chart.AppVersion -}}
{{- end -}}

{{/* repository@digest, or repository:tag. Takes settings. */}}
{{- define "crest-gateway-sidecar.image" -}}
{{- $image := .values.image -}}
{{- if $image.digest -}}
{{- printf "%s@%s" $image.repository $image.digest -}}
{{- else -}}
{{- printf "%s:%s" $image.repository ($image.tag | default (include "crest-gateway-sidecar.version" .root)) -}}
{{- end -}}
{{- end -}}

{{/*
Labels of the sidecar's own objects; "name" is the gateway's, not the application's. Takes settings, and "moreLabels"
where an object has some of its own.
*/}}
{{- define "crest-gateway-sidecar.labels" -}}
{{- $version := include "crest-gateway-sidecar.version" .root -}}
{{- $own := dict
  "app.kubernetes.io/name" "crest-gateway"
  "app.kubernetes.io/instance" (.root.Release.Name | trunc 63 | trimSuffix "-")
  "app.kubernetes.io/version" $version
  "app.kubernetes.io/component" "sidecar"
  "app.kubernetes.io/managed-by" .root.Release.Service
  "helm.sh/chart" (printf "crest-gateway-sidecar-%s" $version | replace "+" "_") -}}
{{- toYaml (merge $own (.moreLabels | default dict) (.values.labels | default dict)) -}}
{{- end -}}
