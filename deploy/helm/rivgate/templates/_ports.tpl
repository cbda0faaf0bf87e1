{{- /* Fails if two listeners of a pod would want the same port: the second could not be bound. */ -}}
{{- define "rivgate.portsApart" -}}
{{- $v := .Values -}}
{{- $admin := (fromYaml (include "rivgate.config" .)).admin.address -}}
{{- $ports := list
      (list "listener.port" $v.listener.port)
      (list "admin.monitorPort" $v.admin.monitorPort)
      (list (printf "admin's own listener, %s," $admin) (regexFind "[0-9]+$" $admin)) -}}
{{- if $v.plainListener.enabled -}}
{{- $ports = append $ports (list "plainListener.port" $v.plainListener.port) -}}
{{- end -}}
{{- if $v.admin.resetCache.enabled -}}
{{- $ports = append $ports (list "admin.resetCache.port" $v.admin.resetCache.port) -}}
{{- end -}}
{{- if $v.hsa.enabled -}}
{{- $ports = append $ports (list "admin.resetHSACache.port" $v.admin.resetHSACache.port) -}}
{{- end -}}
{{- $taken := dict -}}
{{- range $ports -}}
{{- $name := first . -}}
{{- $port := last . | toString -}}
{{- with get $taken $port -}}
{{- fail (printf "%s and %s are both port %s: each needs one of its own" . $name $port) -}}
{{- end -}}
{{- $_ := set $taken $port $name -}}
{{- end -}}
{{- end }}
