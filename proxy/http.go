package proxy

import (
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// HTTPError is a request that is wrong below SOAP: it gets a bare status and
// its connection closes.
type HTTPError struct {
	Status int
	Reason string // for the log and, as it is, for the caller
	Allow  string // for 405
	Method string // of a request whose own is a stand-in's, as far as known
	Target string
}

// Error is for logs.
func (e *HTTPError) Error() string { return http.StatusText(e.Status) + ": " + e.Reason }

func refuse(status int, reason string) *HTTPError {
	return &HTTPError{Status: status, Reason: reason}
}

// checkRequest refuses what needs no look at the caller: unknown paths,
// methods, and bodies announced as larger than maxBody (0: any).
func checkRequest(r *http.Request, prefix string, maxBody int64) error {
	if !underPrefix(r.URL, prefix) {
		return refuse(http.StatusNotFound, "unknown path")
	}
	switch {
	case r.Method == http.MethodPost, descriptionAsked(r), indexAsked(r, prefix):
	default:
		return &HTTPError{Status: http.StatusMethodNotAllowed, Reason: "method not allowed", Allow: "GET, HEAD, POST"}
	}
	if maxBody > 0 && r.ContentLength > maxBody {
		return refuse(http.StatusRequestEntityTooLarge, "announced body exceeds max_body")
	}
	return nil
}

// underPrefix compares the path as it was sent, with case and without
// cleaning: the prefix itself or what follows it after a slash.
func underPrefix(u *url.URL, prefix string) bool {
	rest, ok := strings.CutPrefix(u.EscapedPath(), prefix)
	return ok && (rest == "" || rest[0] == '/')
}

// descriptionAsked tells whether a WSDL or schema is asked for: a query
// parameter of that name in any case, with GET or HEAD.
func descriptionAsked(r *http.Request) bool {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		return false
	}
	for name := range strings.SplitSeq(r.URL.RawQuery, "&") {
		name, _, _ = strings.Cut(name, "=")
		if strings.EqualFold(name, "wsdl") || strings.EqualFold(name, "xsd") {
			return true
		}
	}
	return false
}

// indexAsked tells whether a person looks at the prefix itself, without query:
// browsers say that they take HTML, and nothing that calls services does.
func indexAsked(r *http.Request, prefix string) bool {
	path := r.URL.EscapedPath()
	return r.Method == http.MethodGet && r.URL.RawQuery == "" && (path == prefix || path == prefix+"/") &&
		takesHTML(r.Header.Values("Accept"))
}

// takesHTML tells whether an Accept header names text/html, not only a wildcard.
func takesHTML(accept []string) bool {
	for _, line := range accept {
		for element := range strings.SplitSeq(line, ",") {
			mediaType, parameters, err := mime.ParseMediaType(element)
			if err == nil && mediaType == "text/html" && !isZero(parameters["q"]) {
				return true
			}
		}
	}
	return false
}

// isZero tells whether a quality value refuses (RFC 9110 section 12.4.2).
func isZero(quality string) bool {
	q, err := strconv.ParseFloat(quality, 64)
	return err == nil && q == 0
}
