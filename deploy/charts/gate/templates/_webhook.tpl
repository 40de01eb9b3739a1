{{/*
gate.webhook (dict "root" $ "path" "/mutate"): one entry. No rules and no caBundle: the gate writes both once it answers (an
entry without rules is never called), and an upgrade leaves alone what no rendering names.
*/}}
{{- define "gate.webhook" -}}
{{- $ := .root -}}
- name: {{ include "gate.webhookName" $ }}
  admissionReviewVersions:
    - v1
  clientConfig:
    service:
      name: {{ include "gate.named" (list $ "svc") }}
      namespace: {{ $.Release.Namespace }}
      path: {{ .path }}
      port: {{ $.Values.kubernetes.service.port }}
  failurePolicy: {{ $.Values.kubernetes.webhook.failurePolicy }}
  matchPolicy: Equivalent
  sideEffects: NoneOnDryRun
  timeoutSeconds: {{ $.Values.kubernetes.webhook.timeoutSeconds }}
  {{- include "gate.namespaceSelector" $ | nindent 2 }}
  {{- with include "gate.matchConditions" $ | trim }}
  matchConditions:
    {{- . | nindent 4 }}
  {{- end }}
{{- end -}}

{{- define "gate.namespaceSelector" -}}
{{- $mode := dig "features" "namespacedValidation" "mode" "" .Values.application -}}
{{- if $mode -}}
namespaceSelector:
  matchExpressions:
    - key: securesystemsengineering.connaisseur/webhook
      operator: {{ ternary "In" "NotIn" (eq $mode "validate") }}
      values:
        - {{ $mode }}
{{- end -}}
{{- end -}}

{{/* What the gate is to be asked about, as it writes it into `rules`. */}}
{{- define "gate.rules" -}}
{{- $rules := list
  (dict "apiGroups" (list "apps") "apiVersions" (list "v1") "resources" (list "deployments" "replicasets" "daemonsets" "statefulsets"))
  (dict "apiGroups" (list "") "apiVersions" (list "v1") "resources" (list "pods" "pods/ephemeralcontainers" "replicationcontrollers"))
  (dict "apiGroups" (list "batch") "apiVersions" (list "v1") "resources" (list "jobs" "cronjobs")) -}}
{{- range $rules -}}
{{- $_ := set . "operations" (list "CREATE" "UPDATE") -}}
{{- $_ := set . "scope" "Namespaced" -}}
{{- end -}}
{{- concat $rules .Values.kubernetes.webhook.extraRules | toJson -}}
{{- end -}}

{{/* Conditions in CEL: all must hold for the gate to be asked. */}}
{{- define "gate.matchConditions" -}}
{{- $own := dig "features" "excludeOwnNamespace" "pods" .Values.application -}}
{{- if eq $own "pods" }}
- name: not-the-gate-itself
  expression: >-
    {{- include "gate.notOurselves" . | nindent 4 }}
{{- else if eq $own "namespace" }}
- name: not-the-namespace-of-the-gate
  expression: request.namespace != {{ .Release.Namespace | quote }}
{{- end }}
{{- /* Only the gate knows how old an accept is. */}}
{{- $isAged := dig "features" "unchangedMaxAge" "" .Values.application -}}
{{- if and .Values.kubernetes.webhook.skip.unchangedImages (dig "features" "automaticUnchangedApproval" false .Values.application) (not $isAged) }}
- name: images-change
  expression: >-
    {{- include "gate.imagesChange" . | nindent 4 }}
{{- end }}
{{- if .Values.kubernetes.webhook.skip.mirrorPods }}
- name: not-a-mirror-pod
  expression: >-
    request.kind.kind != "Pod" || request.operation != "CREATE" ||
    !has(request.userInfo.groups) || !("system:nodes" in request.userInfo.groups) ||
    !has(object.metadata.annotations) || !("kubernetes.io/config.mirror" in object.metadata.annotations)
{{- end }}
{{- range $i, $exempt := .Values.kubernetes.webhook.exemptPods }}
- name: exempt-pods-{{ $i }}
  expression: >-
    request.kind.kind != "Pod" || request.namespace != {{ $exempt.namespace | quote }} ||
    !has(object.spec.serviceAccountName) || object.spec.serviceAccountName != {{ $exempt.serviceAccount | quote }}
{{- end }}
{{- with .Values.kubernetes.webhook.matchConditions }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{/*
The pods of the gate, and what creates them: in its namespace, under its account, only its image, as it starts by itself. A command
of somebody's own is asked about like any other workload.
*/}}
{{- define "gate.notOurselves" -}}
request.namespace != {{ .Release.Namespace | quote }} ||
!(request.kind.kind in ["Pod", "ReplicaSet", "Deployment"]) ||
(has(request.subResource) && request.subResource != "") ||
![request.kind.kind == "Pod" ? object.spec : object.spec.template.spec].all(spec,
  has(spec.serviceAccountName) && spec.serviceAccountName == {{ include "gate.named" (list . "serviceaccount") | quote }} &&
  (!has(spec.initContainers) || size(spec.initContainers) == 0) &&
  (!has(spec.ephemeralContainers) || size(spec.ephemeralContainers) == 0) &&
  (!has(spec.volumes) || !spec.volumes.exists(volume, has(volume.image))) &&
  spec.containers.all(container,
    container.image == {{ include "gate.image" . | quote }} && !has(container.command) && !has(container.args)))
{{- end -}}

{{/* False for an update that keeps every image; the same fields the gate reads, in the same order. */}}
{{- define "gate.imagesChange" -}}
request.operation != "UPDATE" ||
!(request.kind.kind in ["Pod", "Deployment", "ReplicaSet", "DaemonSet", "StatefulSet", "ReplicationController", "Job", "CronJob"]) ||
[[object, oldObject].map(it,
  request.kind.kind == "Pod" ? it.spec :
  (request.kind.kind == "CronJob" ? it.spec.jobTemplate.spec.template.spec : it.spec.template.spec)
).map(spec, [
  spec.containers.map(container, container.image),
  has(spec.initContainers) ? spec.initContainers.map(container, container.image) : [],
  has(spec.ephemeralContainers) ? spec.ephemeralContainers.map(container, container.image) : [],
  has(spec.volumes) ? spec.volumes.filter(volume, has(volume.image)).map(volume, volume.image.reference) : []
])].exists(both, both[0] != both[1])
{{- end -}}
