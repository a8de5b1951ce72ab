{{/* The labels that a pod of the injector is found by. They never change. */}}
{{- define "linkerd-gcm.selectorLabels" -}}
component: gcm-injector
linkerd.io/extension: gcm
{{- end }}

{{/* The metadata that every object carries; takes the root context. */}}
{{- define "linkerd-gcm.labels" -}}
{{ include "linkerd-gcm.selectorLabels" . }}
app.kubernetes.io/name: gcm-injector
app.kubernetes.io/part-of: linkerd-gcm
app.kubernetes.io/version: {{ include "linkerd-gcm.version" . | quote }}
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{/* The version as labels and image tags spell it: they know no `+`. */}}
{{- define "linkerd-gcm.version" -}}
{{ .Chart.AppVersion | replace "+" "_" }}
{{- end }}

{{/* The injector's image. A digest needs no tag, but may have one for people to read. */}}
{{- define "linkerd-gcm.image" -}}
{{- $image := .Values.image -}}
{{- $tag := $image.tag | default (empty $image.digest | ternary (include "linkerd-gcm.version" .) "") -}}
{{ $image.repository }}{{ with $tag }}:{{ . }}{{ end }}{{ with $image.digest }}@{{ . }}{{ end }}
{{- end }}

{{- define "linkerd-gcm.created-by" -}}
linkerd.io/created-by: linkerd-gcm/{{ eq .Release.Service "CLI" | ternary "cli" "helm" }} {{ .Chart.AppVersion }}
{{- end }}

{{/*
Where the API server finds the injector; takes a dict of the root context and
the path. Without a caBundle there is no such field at all, rather than an empty
one: the elected injector or cainjector writes it, and a GitOps tool must not
take it away again.
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
Namespaces whose objects never come to the injector: those that a cluster cannot
live without, its own, and those that opt out of Linkerd's webhooks.
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

{{/* The Secret with the serving certificate; empty when the injectors make it. */}}
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
