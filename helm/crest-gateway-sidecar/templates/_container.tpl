{{/*
The container of the gateway, in either form. Decides nothing about the pod around it. Takes settings, which here also
need what _arguments.tpl asks for, and:
  ports  container ports besides the admin port
*/}}
{{- define "crest-gateway-sidecar.container" -}}
{{- include "crest-gateway-sidecar.check" . -}}
{{- $v := .values -}}
- name: crest-gateway
  image: {{ include "crest-gateway-sidecar.image" . | quote }}
  imagePullPolicy: {{ $v.image.pullPolicy }}
  {{- if .native }}
  restartPolicy: Always
  {{- end }}
  args:
    {{- include "crest-gateway-sidecar.args" . | nindent 4 }}
  {{- with include "crest-gateway-sidecar.env" . }}
  env:
    {{- . | nindent 4 }}
  {{- end }}
  {{- with $v.envFrom }}
  envFrom:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  ports:
    {{- with .ports }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
    - name: gateway-admin
      containerPort: {{ int $v.adminPort }}
      protocol: TCP
  startupProbe:
    httpGet: { path: /readyz, port: gateway-admin }
    {{- with $v.startupProbe }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  readinessProbe:
    httpGet: { path: /readyz, port: gateway-admin }
    {{- with $v.readinessProbe }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  livenessProbe:
    httpGet: { path: /livez, port: gateway-admin }
    {{- with $v.livenessProbe }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  {{- with $v.resources }}
  resources:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with $v.securityContext }}
  securityContext:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  volumeMounts:
    # The directory, never a subPath: a file mounted by subPath is never updated.
    - name: crest-gateway-policy
      mountPath: /etc/crest-gateway
      readOnly: true
    {{- range include "crest-gateway-sidecar.tls" . | fromYamlArray }}
    - name: {{ .volume }}
      mountPath: {{ .path }}
      readOnly: true
    {{- end }}
    {{- with $v.extraVolumeMounts }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
{{- end -}}
