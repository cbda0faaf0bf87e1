{{- /* Where things are in the pod. */ -}}
{{- define "rivgate.certs" -}}/var/run/secrets/rivgate{{- end }}
{{- define "rivgate.state" -}}/var/lib/rivgate{{- end }}
{{- define "rivgate.hsa" -}}/var/lib/rivgate-hsa{{- end }}

{{- /* rivgate.yaml: what the chart knows, with config laid over it. */ -}}
{{- define "rivgate.config" -}}
{{- $v := .Values -}}
{{- $certs := include "rivgate.certs" . -}}
{{- $https := dict
      "name" "https"
      "address" (printf ":%v" $v.listener.port)
      "tls" (dict
        "certificate" (printf "%s/gateway/tls.crt" $certs)
        "key" (printf "%s/gateway/tls.key" $certs)
        "client_ca" (list (printf "%s/callers/ca.crt" $certs))) -}}
{{- $listeners := list (mergeOverwrite $https (deepCopy $v.listener.settings)) -}}
{{- if $v.plainListener.enabled -}}
{{- $http := dict "name" "http" "address" (printf ":%v" $v.plainListener.port) -}}
{{- $listeners = append $listeners (mergeOverwrite $http (deepCopy $v.plainListener.settings)) -}}
{{- end -}}
{{- $also := list (dict "address" (printf ":%v" $v.admin.monitorPort) "serve" (list "health" "metrics")) -}}
{{- if $v.admin.resetCache.enabled -}}
{{- $also = append $also (dict "address" (printf ":%v" $v.admin.resetCache.port) "serve" (list "resetcache")) -}}
{{- end -}}
{{- if $v.hsa.enabled -}}
{{- $also = append $also (dict "address" (printf ":%v" $v.admin.resetHSACache.port) "serve" (list "resethsacache")) -}}
{{- end -}}
{{- $client := dict
      "certificate" (printf "%s/producers/tls.crt" $certs)
      "key" (printf "%s/producers/tls.key" $certs)
      "ca" (list (printf "%s/producers-ca/ca.crt" $certs)) -}}
{{- $tak := dict "address" $v.tak.address "local_copy" (printf "%s/tak-cache.xml" (include "rivgate.state" .)) -}}
{{- if hasPrefix "https:" $v.tak.address -}}
{{- $_ := set $tak "tls" (deepCopy $client) -}}
{{- end -}}
{{- $instance := dict "id" $v.instance.id -}}
{{- with $v.instance.name -}}{{- $_ := set $instance "name" . -}}{{- end -}}
{{- $config := dict
      "instance" $instance
      "listeners" $listeners
      "admin" (dict "address" "127.0.0.1:8081" "also" $also)
      "tak" $tak
      "producers" (dict "tls" (dict "default" $client))
      "drain" (dict "wait" (printf "%vs" $v.drain.waitSeconds) "timeout" (printf "%vs" $v.drain.timeoutSeconds)) -}}
{{- if $v.hsa.enabled -}}
{{- $_ := set $config "hsa" (dict "files" (append $v.hsa.more (printf "%s/%s" (include "rivgate.hsa" .) $v.hsa.file))) -}}
{{- end -}}
{{- mergeOverwrite $config (deepCopy $v.config) | toYaml -}}
{{- end }}
