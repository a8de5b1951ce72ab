{{/* The labels that select the injector's pods. They never change. */}}
{{- define "linkerd-gcm.selectorLabels" -}}
component: gcm-injector
linkerd.io/extension: gcm
{{- end }}

{{/* The labels of every object; takes the root context. */}}
{{- define "linkerd-gcm.labels" -}}
{{ include "linkerd-gcm.selectorLabels" . }}
app.kubernetes.io/name: gcm-injector
app.kubernetes.io/part-of: linkerd-gcm
app.kubernetes.io/version: {{ include "linkerd-gcm.version" . | quote }}
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{/* The version for labels and image tags, which must not contain a `+`. */}}
{{- define "linkerd-gcm.version" -}}
{{ .Chart.AppVersion | replace "+" "_" }}
{{- end }}

{{/* The tag of the image. A digest needs none, but may have one that tells people the version. */}}
{{- define "linkerd-gcm.tag" -}}
{{ .Values.image.tag | default (empty .Values.image.digest | ternary (include "linkerd-gcm.version" .) "") }}
{{- end }}

{{/* The image of both servers. */}}
{{- define "linkerd-gcm.image" -}}
{{ .Values.image.repository }}{{ with include "linkerd-gcm.tag" . }}:{{ . }}{{ end }}{{ with .Values.image.digest }}@{{ . }}{{ end }}
{{- end }}

{{- define "linkerd-gcm.created-by" -}}
linkerd.io/created-by: linkerd-gcm/{{ eq .Release.Service "CLI" | ternary "cli" "helm" }} {{ .Chart.AppVersion }}
{{- if .Release.Given }}, with values{{ end }}
{{- end }}

{{/*
How the API server reaches the injector; takes a dict of the root context and
the path. The field caBundle is left out, rather than empty, unless it is
provided: the elected injector or cainjector writes it, and a GitOps tool must
not remove it again.
*/}}
{{- define "linkerd-gcm.clientConfig" -}}
{{- $values := .root.Values -}}
{{- if $values.webhookURL -}}
url: {{ $values.webhookURL }}{{ .path }}
{{- else -}}
service:
  name: gcm-injector
  namespace: {{ .root.Release.Namespace | quote }}
  path: {{ .path }}
  port: 443
{{- end }}
{{- if eq $values.certificates "provided" }}
caBundle: {{ $values.providedCertificate.caBundle | trim | printf "%s\n" | b64enc }}
{{- end }}
{{- end }}

{{/*
Selects the namespaces whose objects are sent to the injector: all but those
that a cluster cannot work without, the injector's own, and those that opt out
of Linkerd's webhooks.
*/}}
{{- define "linkerd-gcm.namespaceSelector" -}}
matchExpressions:
- key: kubernetes.io/metadata.name
  operator: NotIn
  values: [kube-system, kube-node-lease, kube-public, {{ .Release.Namespace | quote }}]
- key: config.linkerd.io/admission-webhooks
  operator: NotIn
  values: [disabled]
{{- end }}

{{/* The Secret with the serving certificate; empty if the injectors make it. */}}
{{- define "linkerd-gcm.tlsSecret" -}}
{{- if eq .Values.certificates "cert-manager" -}}
gcm-injector-tls
{{- else if eq .Values.certificates "provided" -}}
{{ .Values.providedCertificate.secretName }}
{{- end }}
{{- end }}

{{/* What the three webhooks have in common. */}}
{{- define "linkerd-gcm.webhookDefaults" -}}
admissionReviewVersions: [v1]
sideEffects: NoneOnDryRun
failurePolicy: {{ .Values.failurePolicy }}
timeoutSeconds: 5
matchPolicy: Equivalent
namespaceSelector:
  {{- include "linkerd-gcm.namespaceSelector" . | nindent 2 }}
{{- end }}

{{- define "linkerd-gcm.webhookAnnotations" -}}
{{ include "linkerd-gcm.created-by" . }}
{{- if eq .Values.certificates "cert-manager" }}
cert-manager.io/inject-ca-from: {{ .Release.Namespace }}/gcm-injector-tls
{{- end }}
{{- end }}

{{/* The labels of a Secret that cert-manager makes. */}}
{{- define "linkerd-gcm.secretTemplate" -}}
secretTemplate:
  labels:
    {{- include "linkerd-gcm.labels" . | nindent 4 }}
{{- end }}
