package record

import "slices"

// filtered stands in the log for a value that must not be there.
const filtered = "<filtered>"

// secretHeaders are never logged: certificates under the names VP filters, and
// what lets somebody pose as the caller.
var secretHeaders = []string{
	"x-forwarded-tls-client-cert", "x-vp-auth-cert", "x-fk-auth-cert",
	"authorization", "proxy-authorization", "cookie", "set-cookie",
}

// secrets are the names of headers whose values are filtered.
type secrets []string

func newSecrets(more []string) secrets { return append(slices.Clone(secretHeaders), more...) }

// holds compares as servers behind a gateway do: without case, and with "_" or
// "." for "-".
func (s secrets) holds(name string) bool {
	for _, secret := range s {
		if sameHeader(secret, name) {
			return true
		}
	}
	return false
}

func sameHeader(a, b string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range len(a) {
		if plainByte(a[i]) != plainByte(b[i]) {
			return false
		}
	}
	return true
}

func plainByte(c byte) byte {
	switch {
	case c >= 'A' && c <= 'Z':
		return c + 'a' - 'A'
	case c == '_', c == '.':
		return '-'
	}
	return c
}

// headerForm is how a message's headers are put down.
type headerForm struct {
	open, assign, quote, between, end string
}

var (
	jsonHeaders = headerForm{`{`, `":"`, `"`, `,`, `}`}
	javaHeaders = headerForm{`{`, `=`, ``, `, `, `}`} // as Java prints a map
)

// hostName is the header net/http keeps apart from the others.
const hostName = "Host"

// headers puts a message's headers into scratch, sorted by name, with host among
// them where it is given. It tells whether there are any.
func (l *line) headers(h map[string][]string, host string, hide secrets, form *headerForm) bool {
	l.names = l.names[:0]
	for name, values := range h {
		if len(values) > 0 {
			l.names = append(l.names, name)
		}
	}
	if host != "" {
		l.names = append(l.names, hostName)
	}
	slices.Sort(l.names)
	l.scratch = append(l.scratch[:0], form.open...)
	for i, name := range l.names {
		if i > 0 {
			l.scratch = append(l.scratch, form.between...)
		}
		if len(l.scratch) > maxHeaders {
			l.startHeader("…", form)
			l.scratch = append(append(l.scratch, "more"...), form.quote...)
			break
		}
		l.startHeader(name, form)
		switch {
		case name == hostName && host != "":
			l.headerValue(host, form)
		case hide.holds(name):
			l.scratch = append(l.scratch, filtered...)
		default:
			l.headerValues(h[name], form)
		}
		l.scratch = append(l.scratch, form.quote...)
	}
	l.scratch = append(l.scratch, form.end...)
	return len(l.names) > 0
}

func (l *line) startHeader(name string, form *headerForm) {
	l.scratch = append(l.scratch, form.quote...)
	l.headerValue(name, form)
	l.scratch = append(l.scratch, form.assign...)
}

// headerValues writes the values of a header as the one it stands for (RFC 9110
// section 5.2).
func (l *line) headerValues(values []string, form *headerForm) {
	for i, value := range values {
		if i > 0 {
			l.scratch = append(l.scratch, ", "...)
		}
		if len(l.scratch) > maxHeaders {
			l.scratch = append(l.scratch, "…"...)
			return
		}
		l.headerValue(value, form)
	}
}

func (l *line) headerValue(value string, form *headerForm) {
	value, cut := clip(value, maxValue)
	l.scratch = appendEscaped(l.scratch, value, form.quote != "")
	if cut {
		l.scratch = append(l.scratch, "…"...)
	}
}
