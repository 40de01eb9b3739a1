{{/* One name for everything; Connaisseur's by default. */}}
{{- define "gate.name" -}}
{{- .Values.fullnameOverride | default "connaisseur" | trunc 40 | trimSuffix "-" -}}
{{- end -}}

{{/* gate.named (list $ "svc"): name of one object. */}}
{{- define "gate.named" -}}
{{- printf "%s-%s" (include "gate.name" (index . 0)) (index . 1) -}}
{{- end -}}

{{- define "gate.webhookName" -}}
{{- printf "%s.%s.svc" (include "gate.named" (list . "svc")) .Release.Namespace -}}
{{- end -}}

{{/* What selects the pods; never to change, a Deployment cannot be given another selector. */}}
{{- define "gate.selector" -}}
app.kubernetes.io/name: {{ include "gate.name" . }}
app.kubernetes.io/instance: {{ include "gate.name" . }}
{{- end -}}

{{- define "gate.redisSelector" -}}
app.kubernetes.io/name: {{ include "gate.name" . }}
app.kubernetes.io/instance: redis
{{- end -}}

{{/* Labels of the values without those that say what an object is. */}}
{{- define "gate.ownLabels" -}}
{{- with omit (. | default dict) "app.kubernetes.io/name" "app.kubernetes.io/instance" "app.kubernetes.io/version" "app.kubernetes.io/managed-by" "helm.sh/chart" -}}
{{- toYaml . -}}
{{- end -}}
{{- end -}}

{{- define "gate.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{ include "gate.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- with include "gate.ownLabels" .Values.kubernetes.additionalLabels }}
{{ . }}
{{- end }}
{{- end -}}

{{/* gate.metadata (list $ "svc"): name, namespace and labels of an object in the namespace. */}}
{{- define "gate.metadata" -}}
name: {{ include "gate.named" . }}
namespace: {{ (index . 0).Release.Namespace }}
labels:
  {{- include "gate.labels" (index . 0) | nindent 2 }}
{{- end -}}

{{/* The image of the gate. Connaisseur's own repository stands for ours: values copied from there keep working. */}}
{{- define "gate.image" -}}
{{- $image := .Values.kubernetes.deployment.image -}}
{{- $tag := $image.tag | default (printf "v%s" .Chart.AppVersion) -}}
{{- $repository := $image.repository -}}
{{- if include "gate.isForeignImage" . -}}
{{- $repository = "registry.example.com/pratique" -}}
{{- $tag = printf "v%s" .Chart.AppVersion -}}
{{- end -}}
{{- if $image.digest -}}
{{- printf "%s@sha256:%s" $repository (trimPrefix "sha256:" $image.digest) -}}
{{- else -}}
{{- printf "%s:%s" $repository (toString $tag) -}}
{{- end -}}
{{- end -}}

{{- define "gate.isForeignImage" -}}
{{- if regexMatch "^((index\\.)?docker\\.io/)?securesystemsengineering/connaisseur$" .Values.kubernetes.deployment.image.repository -}}true{{- end -}}
{{- end -}}

{{- define "gate.redisImage" -}}
{{- $image := .Values.kubernetes.redis.image -}}
{{- if $image.digest -}}
{{- printf "%s@sha256:%s" $image.repository (trimPrefix "sha256:" $image.digest) -}}
{{- else -}}
{{- printf "%s:%s" $image.repository (toString $image.tag) -}}
{{- end -}}
{{- end -}}

{{/* "true" where verdicts are kept in Redis, whoever runs it. */}}
{{- define "gate.hasCache" -}}
{{- if gt (int (dig "features" "cache" "expirySeconds" 30 .Values.application)) 0 -}}true{{- end -}}
{{- end -}}

{{/* "true" where this chart runs that Redis. */}}
{{- define "gate.ownsRedis" -}}
{{- if and (include "gate.hasCache" .) (not .Values.kubernetes.redis.existing.host) -}}true{{- end -}}
{{- end -}}

{{- define "gate.redisSecret" -}}
{{- .Values.kubernetes.redis.existing.secretName | default (include "gate.named" (list . "redis-secret")) -}}
{{- end -}}

{{- define "gate.tlsMode" -}}
{{- if .Values.kubernetes.deployment.tls.cert -}}provided{{- else -}}{{ .Values.tls.mode }}{{- end -}}
{{- end -}}
