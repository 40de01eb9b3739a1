{{/* The document the gate reads as config.yaml. */}}
{{- define "gate.appConfig" -}}
{{- $config := dict
  "validators" (include "gate.validators" . | fromJsonArray)
  "policy" .Values.application.policy -}}
{{- if .Values.registries -}}
{{- $_ := set $config "registries" .Values.registries -}}
{{- end -}}
{{- toYaml $config -}}
{{- end -}}

{{/* "true" where that document holds a private key: registries that ask for a certificate. */}}
{{- define "gate.configIsSecret" -}}
{{- range .Values.registries -}}
{{- if .clientCert -}}true{{- end -}}
{{- end -}}
{{- end -}}

{{/* The same document without private keys, for people. */}}
{{- define "gate.configForPeople" -}}
{{- $config := include "gate.appConfig" . | fromYaml -}}
{{- range $registry := dig "registries" list $config -}}
{{- if $registry.clientCert -}}
{{- $_ := set $registry "clientCert" (printf "kept in the Secret %s" (include "gate.named" (list $ "app-config"))) -}}
{{- end -}}
{{- end -}}
{{- toYaml $config -}}
{{- end -}}

{{/* "true" where the alerting document holds something nobody but the receiver may know: addresses and headers are credentials. */}}
{{- define "gate.alertsAreSecret" -}}
{{- range $when := list "admitRequest" "rejectRequest" -}}
{{- range $receiver := dig $when "receivers" list ($.Values.alerting | default dict) -}}
{{- if or $receiver.receiverUrl $receiver.customHeaders $receiver.payloadFields -}}true{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{/* The alerting document without what is secret in it, for people. */}}
{{- define "gate.alertsForPeople" -}}
{{- $document := deepCopy (.Values.alerting | default dict) -}}
{{- range $when := list "admitRequest" "rejectRequest" -}}
{{- range $receiver := dig $when "receivers" list $document -}}
{{- range $key := list "receiverUrl" "customHeaders" "payloadFields" -}}
{{- if hasKey $receiver $key -}}
{{- $_ := set $receiver $key (printf "kept in the Secret %s" (include "gate.named" (list $ "alert-config"))) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- toYaml $document -}}
{{- end -}}

{{/* Names of all templates, those of the chart and those of the values, in order. */}}
{{- define "gate.alertTemplates" -}}
{{- $names := list -}}
{{- range $path, $_ := .Files.Glob "files/alert-templates/*.json" -}}
{{- $names = append $names (base $path | trimSuffix ".json") -}}
{{- end -}}
{{- concat $names (keys .Values.alertTemplates) | uniq | sortAlpha | toJson -}}
{{- end -}}

{{/* "true" where a rule depends on labels of namespaces. */}}
{{- define "gate.readsNamespaces" -}}
{{- range .Values.application.policy -}}
{{- if dig "match" "namespaceSelector" "" . -}}true{{- end -}}
{{- end -}}
{{- end -}}
