{{/* Secrets that validators and alerts name, each once and in order. */}}
{{- define "gate.mountedSecrets" -}}
{{- $names := list -}}
{{- range .Values.application.validators -}}
{{- $auth := .auth | default dict -}}
{{- if $auth.secretName -}}
{{- $names = append $names $auth.secretName -}}
{{- else if $auth.username -}}
{{- $names = append $names (include "gate.authSecret" .) -}}
{{- end -}}
{{- end -}}
{{- range $when := list "admitRequest" "rejectRequest" -}}
{{- range dig $when "receivers" list ($.Values.alerting | default dict) -}}
{{- with dig "receiverUrlFrom" "secretKeyRef" "name" "" . -}}
{{- $names = append $names . -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- $names | uniq | toJson -}}
{{- end -}}

{{- define "gate.authSecret" -}}
{{- printf "%s-auth" (.name | default "" | lower | replace "_" "-") -}}
{{- end -}}

{{/* application.validators as the gate reads them: credentials replaced by the name of their Secret. */}}
{{- define "gate.validators" -}}
{{- $validators := list -}}
{{- range .Values.application.validators -}}
{{- $validator := deepCopy . -}}
{{- if dig "auth" "username" "" $validator -}}
{{- $_ := set $validator "auth" (dict "secretName" (include "gate.authSecret" .)) -}}
{{- end -}}
{{- $validators = append $validators $validator -}}
{{- end -}}
{{- $validators | toJson -}}
{{- end -}}

{{/* Where the pods go: what the values say, and spread over hosts where they say nothing about it. */}}
{{- define "gate.affinity" -}}
{{- $spread := dict "podAntiAffinity" (dict "preferredDuringSchedulingIgnoredDuringExecution" (list
  (dict "weight" 100 "podAffinityTerm" (dict
    "labelSelector" (dict "matchExpressions" (list
      (dict "key" "app.kubernetes.io/instance" "operator" "In" "values" (list (include "gate.name" .)))))
    "topologyKey" "kubernetes.io/hostname")))) -}}
{{- mergeOverwrite $spread (deepCopy (.Values.kubernetes.deployment.affinity | default dict)) | toYaml -}}
{{- end -}}

{{/* Where several zones are, a zone may go. */}}
{{- define "gate.topologySpread" -}}
{{- if .Values.kubernetes.topologySpreadConstraints -}}
{{- toYaml .Values.kubernetes.topologySpreadConstraints -}}
{{- else -}}
- maxSkew: 1
  topologyKey: topology.kubernetes.io/zone
  whenUnsatisfiable: ScheduleAnyway
  labelSelector:
    matchLabels:
      {{- include "gate.selector" . | nindent 6 }}
{{- end -}}
{{- end -}}

{{/* Changes whenever what the pods read changes. */}}
{{- define "gate.checksum" -}}
{{- $read := list .Values.application .Values.alerting .Values.alertTemplates .Values.registries .Values.kubernetes.deployment.envs .Values.tls .Values.hub -}}
{{- $read | toJson | sha256sum -}}
{{- end -}}
