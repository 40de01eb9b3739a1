{{/* Everything that must not be installed, each with what to do instead. Renders nothing. */}}
{{- define "gate.checks" -}}
{{- include "gate.checkLayout" . -}}
{{- include "gate.checkNamespace" . -}}
{{- include "gate.checkTls" . -}}
{{- include "gate.checkAuth" . -}}
{{- include "gate.checkHub" . -}}
{{- include "gate.checkCacheImage" . -}}
{{- end -}}

{{/* Layouts of old: what stands at the top of Connaisseur 1 and 2, and of files without a level `application`. */}}
{{- define "gate.checkLayout" -}}
{{- $old := list -}}
{{- range $key := include "gate.oldKeys" . | fromYamlArray -}}
{{- if hasKey $.Values $key -}}{{- $old = append $old $key -}}{{- end -}}
{{- end -}}
{{- if $old -}}
{{- fail (printf "\n\nThese values have the layout of an older Connaisseur: %s stand at the top of the file, where Connaisseur 3 and this chart read kubernetes, application and alerting.\nConvert the file and look at what was changed:\n\n  pratique gate convert values.yaml > values-3.yaml\n" (join ", " $old)) -}}
{{- end -}}
{{- end -}}

{{- define "gate.oldKeys" -}}
- automaticChildApproval
- automaticUnchangedApproval
- debug
- deployment
- detectionMode
- detection_mode
- features
- insecureRegistries
- logLevel
- namespacedValidation
- notaries
- notary
- policy
- service
- trustRoots
- trust_roots
- validators
{{- end -}}

{{- define "gate.checkNamespace" -}}
{{- $namespace := .Release.Namespace -}}
{{- if and (or (eq $namespace "default") (hasPrefix "kube-" $namespace)) (not .Values.allowSystemNamespace) -}}
{{- fail (printf "\n\nThe gate does not belong into the namespace %q: who may create pods there would share it with the keys of the webhook.\nInstall it into one of its own: helm … -n connaisseur --create-namespace. `--set allowSystemNamespace=true` insists.\n" $namespace) -}}
{{- end -}}
{{- end -}}

{{- define "gate.checkTls" -}}
{{- range $place := list "deployment" "redis" -}}
{{- $tls := (index $.Values.kubernetes $place).tls | default dict -}}
{{- if and $tls.cert (not $tls.key) -}}
{{- fail (printf "\n\nkubernetes.%s.tls.cert is given and kubernetes.%s.tls.key is missing: a certificate needs its private key. Give both, or neither.\n" $place $place) -}}
{{- else if and $tls.key (not $tls.cert) -}}
{{- fail (printf "\n\nkubernetes.%s.tls.key is given and kubernetes.%s.tls.cert is missing: a private key needs its certificate. Give both, or neither.\n" $place $place) -}}
{{- end -}}
{{- end -}}
{{- if and (eq .Values.tls.mode "certManager") (not .Values.tls.certManager.issuerRef.name) -}}
{{- fail "\n\ntls.mode is certManager and tls.certManager.issuerRef.name is missing: name the Issuer or ClusterIssuer that signs the certificate.\n" -}}
{{- end -}}
{{- if and (eq .Values.tls.mode "certManager") .Values.kubernetes.deployment.tls.cert -}}
{{- fail "\n\ntls.mode is certManager and kubernetes.deployment.tls holds a certificate: two would write the same Secret. Take one of them away.\n" -}}
{{- end -}}
{{- end -}}

{{- define "gate.checkHub" -}}
{{- if .Values.hub.url -}}
{{- if not .Values.hub.clusterName -}}
{{- fail "\n\nhub.url is given and hub.clusterName is missing: decisions are kept under the name StackRox knows this cluster by.\n" -}}
{{- end -}}
{{- if not .Values.hub.apiKey.secretName -}}
{{- fail "\n\nhub.url is given and hub.apiKey.secretName is missing: name the Secret that holds this cluster's key for the hub.\n" -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{/* Credentials in values become Secrets; that needs all three parts, except with a Notary server, whose host is known. */}}
{{- define "gate.checkAuth" -}}
{{- $secrets := list -}}
{{- range $validator := .Values.application.validators -}}
{{- $auth := $validator.auth | default dict -}}
{{- if or $auth.username $auth.password -}}
{{- $name := $validator.name | default "" -}}
{{- range $part := list "username" "password" -}}
{{- if not (index $auth $part) -}}
{{- fail (printf "\n\nauth of the validator %q has no %s: credentials need username and password. A Secret that is there already is named by auth.secretName.\n" $name $part) -}}
{{- end -}}
{{- end -}}
{{- if and (ne $validator.type "notaryv1") (not $auth.registry) -}}
{{- fail (printf "\n\nauth of the validator %q has username and password and no registry: nobody could say which registry they are for. Add auth.registry (registry.example.com:5000), or name a Secret by auth.secretName.\n" $name) -}}
{{- end -}}
{{- $secret := include "gate.authSecret" $validator -}}
{{- if not (regexMatch "^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$" $secret) -}}
{{- fail (printf "\n\nThe validator %q has credentials, and no Secret can be called %q: use lower-case letters, digits and - in its name, or name a Secret by auth.secretName.\n" $name $secret) -}}
{{- end -}}
{{- if has $secret $secrets -}}
{{- fail (printf "\n\nTwo validators have credentials that would both become the Secret %q: call one of them something else.\n" $secret) -}}
{{- end -}}
{{- $secrets = append $secrets $secret -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{/* A cache that its own gate refuses to start looks like a slow gate; so it is said before. */}}
{{- define "gate.checkCacheImage" -}}
{{- $exclude := dig "features" "excludeOwnNamespace" "pods" .Values.application -}}
{{- $mode := dig "features" "namespacedValidation" "mode" "" .Values.application -}}
{{- if and (include "gate.ownsRedis" .) (ne $exclude "namespace") (ne $mode "validate") -}}
{{- if ne (include "gate.admitsCacheImage" .) "true" -}}
{{- $image := include "gate.redisImage" . -}}
{{- fail (printf "\n\nThe cache is on and no rule of application.policy admits its image %s: the gate would refuse its own Redis.\nAdd a rule, for example\n\n  - pattern: %s\n    validator: allow\n\nor switch the cache off (application.features.cache.expirySeconds: 0), or use one that is there (kubernetes.redis.existing.host).\n" $image $image) -}}
{{- end -}}
{{- end -}}
{{- end -}}
