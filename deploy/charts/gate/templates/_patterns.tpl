{{/*
"true" where the policy lets the image of the cache in, as far as a template can tell: of the rules whose pattern matches, those
with the most components count; one of them must have a validator that is not a static refusal. What the gate decides is more exact.
*/}}
{{- define "gate.admitsCacheImage" -}}
{{- $spellings := include "gate.cacheImageSpellings" . | fromYamlArray -}}
{{- $legacy := eq (dig "features" "patternMatching" "anchored" .Values.application) "legacy" -}}
{{- $refusing := list -}}
{{- range .Values.application.validators -}}
{{- if and (eq (default "" .type) "static") (not .approve) -}}{{- $refusing = append $refusing .name -}}{{- end -}}
{{- end -}}
{{- $best := 0 -}}
{{- $admits := false -}}
{{- range $rule := .Values.application.policy -}}
{{- $expression := include "gate.patternExpression" (dict "pattern" $rule.pattern "legacy" $legacy) -}}
{{- $matches := false -}}
{{- range $spelling := $spellings -}}
{{- if regexMatch $expression $spelling -}}{{- $matches = true -}}{{- end -}}
{{- end -}}
{{- if $matches -}}
{{- $components := len (splitList "/" $rule.pattern) -}}
{{- $isRefusal := has (default "default" $rule.validator) $refusing -}}
{{- if gt $components $best -}}
{{- $best = $components -}}
{{- $admits = not $isRefusal -}}
{{- else if and (eq $components $best) (not $isRefusal) -}}
{{- $admits = true -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- if $admits -}}true{{- end -}}
{{- end -}}

{{/* A glob as a regular expression: * and ? as usual, sets and alternatives taken for "anything". */}}
{{- define "gate.patternExpression" -}}
{{- $glob := regexReplaceAll "\\[[^]]*\\]|\\{[^}]*\\}" (toString .pattern) "*" -}}
{{- $expression := regexQuoteMeta $glob | replace "\\*" ".*" | replace "\\?" "." -}}
{{- if .legacy -}}{{ $expression }}{{- else -}}^{{ $expression }}($|[:@]){{- end -}}
{{- end -}}

{{/* Every way to write the image of the cache. */}}
{{- define "gate.cacheImageSpellings" -}}
{{- $image := include "gate.redisImage" . -}}
{{- $repository := .Values.kubernetes.redis.image.repository -}}
{{- $rest := trimPrefix $repository $image -}}
{{- $first := first (splitList "/" $repository) -}}
{{- $hasHost := and (contains "/" $repository) (or (contains "." $first) (contains ":" $first) (eq $first "localhost")) -}}
{{- if and $hasHost (not (regexMatch "^(index\\.)?docker\\.io$" $first)) -}}
- {{ $image | quote }}
{{- else -}}
{{- $path := regexReplaceAll "^(index\\.)?docker\\.io/" $repository "" -}}
{{- $short := trimPrefix "library/" $path -}}
{{- $long := ternary $path (printf "library/%s" $path) (contains "/" $path) -}}
{{- range $one := list $long $short }}
- {{ printf "index.docker.io/%s%s" $one $rest | quote }}
- {{ printf "docker.io/%s%s" $one $rest | quote }}
- {{ printf "%s%s" $one $rest | quote }}
{{- end }}
{{- end -}}
{{- end -}}
