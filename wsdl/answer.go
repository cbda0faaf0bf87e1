package wsdl

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// The texts of answers without a document. The first is VP's.
const (
	noWSDL = "No wsdl found on this path, following wsdl paths is available:"
	noXSD  = "No such xsd belongs to the wsdl on this path."
)

// Answer answers a GET or HEAD with ?wsdl or ?xsd=NAME; where both stand, the
// xsd decides. Everything that a WSDL leads to is asked for by ?xsd=, WSDLs that
// it imports too. An unknown path is 404 with VP's text and list, an unknown
// name 404. No header but Content-Type and Content-Length is touched.
func (s *Store) Answer(w http.ResponseWriter, r *http.Request, o Origin) {
	now := s.current.Load()
	service := now.forwarded.service(r, o)
	d := now.find(r.URL.Path, o.Prefix)
	if d == nil {
		write(w, http.StatusNotFound, plainText, []byte(now.list(service, o.Prefix)))
		return
	}
	page := d.root
	if name, asked := parameter(r.URL.RawQuery, "xsd"); asked {
		page = d.part(name)
	}
	if page == nil {
		write(w, http.StatusNotFound, plainText, []byte(noXSD))
		return
	}
	write(w, http.StatusOK, "text/xml; charset=UTF-8", page.render(address(service, r.URL), d.links))
}

const plainText = "text/plain; charset=utf-8"

// write sends an answer; net/http leaves out the body of one to HEAD.
func write(w http.ResponseWriter, status int, contentType string, body []byte) {
	h := w.Header()
	h.Set("Content-Type", contentType)
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	_, _ = w.Write(body) // a caller that does not listen is its own affair
}

// list is VP's text and the addresses of all descriptions, each on a line.
func (s *set) list(service, prefix string) string {
	var text strings.Builder
	text.WriteString(noWSDL)
	for _, d := range s.sorted {
		text.WriteString("\n" + d.link(service, prefix))
	}
	return text.String()
}

// link is where a description is found.
func (d *description) link(service, prefix string) string {
	return service + (&url.URL{Path: d.under(prefix)}).EscapedPath() + "?wsdl"
}

// parameter is the first query parameter of that name, in any case, decoded;
// what cannot be decoded stays as it is.
func parameter(query, name string) (value string, found bool) {
	for pair := range strings.SplitSeq(query, "&") {
		key, value, _ := strings.Cut(pair, "=")
		if !strings.EqualFold(key, name) {
			continue
		}
		if decoded, err := url.QueryUnescape(value); err == nil {
			value = decoded
		}
		return value, true
	}
	return "", false
}
