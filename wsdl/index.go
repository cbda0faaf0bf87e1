package wsdl

import (
	"bytes"
	"html/template"
	"net/http"
)

// Index answers with a page for people: every contract, its interaction, and a
// link to its WSDL. Callers and producers are not named in it.
func (s *Store) Index(w http.ResponseWriter, r *http.Request, o Origin) {
	now := s.current.Load()
	service := now.forwarded.service(r, o)
	var body bytes.Buffer
	if err := indexPage.Execute(&body, now.index(service, o.Prefix)); err != nil {
		write(w, http.StatusInternalServerError, plainText, []byte(http.StatusText(http.StatusInternalServerError)))
		return
	}
	w.Header().Set("Content-Security-Policy",
		"default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	write(w, http.StatusOK, "text/html; charset=utf-8", body.Bytes())
}

// indexRow is one description on the page.
type indexRow struct {
	Contract, Name, Version, Profile, Link string
}

func (s *set) index(service, prefix string) []indexRow {
	rows := make([]indexRow, len(s.sorted))
	for i, d := range s.sorted {
		rows[i] = indexRow{d.contract, d.interaction.name, d.interaction.version, d.interaction.profile, d.link(service, prefix)}
	}
	return rows
}

// indexPage works without scripts and styles, which its policy does not allow.
var indexPage = template.Must(template.New("index").Parse(`<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><title>Service contracts</title></head>
<body>
<h1>Service contracts</h1>
{{- if .}}
<table border="1" cellpadding="4">
<thead><tr><th>Contract</th><th>Interaction</th><th>Version</th><th>Profile</th><th>Description</th></tr></thead>
<tbody>
{{- range .}}
<tr><td>{{.Contract}}</td><td>{{.Name}}</td><td>{{.Version}}</td><td>{{.Profile}}</td><td><a href="{{.Link}}">{{.Link}}</a></td></tr>
{{- end}}
</tbody>
</table>
{{- else}}
<p>No descriptions are configured.</p>
{{- end}}
</body>
</html>
`))
