package soap

import (
	"iter"
	"strings"
)

const (
	xmlContentType    = "text/xml;charset=UTF-8" // as VP sends it
	soap12ContentType = "application/soap+xml"
	xopContentType    = "application/xop+xml"
)

// mediaType is the type of a Content-Type in lower case, without parameters.
func mediaType(contentType string) string {
	media, _, _ := strings.Cut(contentType, ";")
	return strings.ToLower(strings.TrimSpace(media))
}

// parameter is the first parameter called name, without quotes; empty if
// there is none.
func parameter(contentType, name string) string {
	value := parameterSpan(contentType, name)
	text := strings.TrimSpace(contentType[value.Start:value.End])
	if len(text) > 1 && text[0] == '"' && text[len(text)-1] == '"' {
		return unquote(text[1 : len(text)-1])
	}
	return strings.Trim(text, `"'`)
}

// charsetLabel is the charset a request's Content-Type names, empty if it names
// none: as in VP what follows the first "charset=", in this case and wherever it
// stands, up to a semicolon. Another spelling is not seen: bytes that say
// themselves what they are must not be read otherwise for its sake.
func charsetLabel(contentType string) string {
	_, rest, _ := strings.Cut(contentType, "charset=")
	label, _, _ := strings.Cut(rest, ";")
	return strings.TrimSpace(strings.Trim(strings.TrimSpace(label), `"'`))
}

// parameterSpan is where the value of a parameter stands, quotes included; it
// is empty if there is none.
func parameterSpan(contentType, name string) Span {
	for p := segmentEnd(contentType, 0); p < len(contentType); {
		p++ // the semicolon
		end := segmentEnd(contentType, p)
		key, value, found := strings.Cut(contentType[p:end], "=")
		if found && strings.EqualFold(strings.TrimSpace(key), name) {
			return Span{end - len(value), end}
		}
		p = end
	}
	return Span{}
}

// disputed tells whether readers could take different values for the parameter
// called name: it is given twice, or in the forms of RFC 2231 (name*), or stands
// where only those see it who do not mind quotes.
func disputed(contentType, name string) bool {
	lower := strings.ToLower(contentType)
	named := strings.Count(lower, name+"=") + strings.Count(lower, name+"*")
	given := 0
	if parameterSpan(contentType, name).End > 0 {
		given = 1
	}
	return named != given
}

// plainParameter tells whether a parameter's value is a word without quotes of
// any kind, or one in a pair of them; true if there is none.
func plainParameter(contentType, name string) bool {
	value := parameterSpan(contentType, name)
	text := strings.TrimSpace(contentType[value.Start:value.End])
	if len(text) > 1 && text[0] == '"' && text[len(text)-1] == '"' {
		text = text[1 : len(text)-1]
	}
	return !strings.ContainsAny(text, `"'\`)
}

// charsetsNamed are the charsets that a Content-Type names, in whatever spelling
// and wherever they stand: also in what it says of a root part's type.
func charsetsNamed(contentType string) iter.Seq[string] {
	return func(yield func(string) bool) {
		const name = "charset"
		for p := 0; p+len(name) < len(contentType); p++ {
			if !strings.EqualFold(contentType[p:p+len(name)], name) {
				continue
			}
			label, _, _ := strings.Cut(contentType[p+len(name):], ";")
			if label = strings.TrimLeft(label, " \t"); label == "" || label[0] != '=' && label[0] != '*' {
				continue
			}
			if label = strings.Trim(label[1:], " \t\"'\\"); label != "" && !yield(label) {
				return
			}
		}
	}
}

// segmentEnd is the next semicolon from p on that is not in a quoted string.
func segmentEnd(contentType string, p int) int {
	quoted := false
	for ; p < len(contentType); p++ {
		switch c := contentType[p]; {
		case c == '"':
			quoted = !quoted
		case c == '\\' && quoted:
			p++
		case c == ';' && !quoted:
			return p
		}
	}
	return len(contentType)
}

// unquote drops the backslashes of a quoted string.
func unquote(text string) string {
	if !strings.Contains(text, `\`) {
		return text
	}
	var out strings.Builder
	for i := 0; i < len(text); i++ {
		if text[i] == '\\' && i+1 < len(text) {
			i++
		}
		out.WriteByte(text[i])
	}
	return out.String()
}

// withCharset is contentType with its charset parameter, if it has one,
// set to label.
func withCharset(contentType, label string) string {
	span := parameterSpan(contentType, "charset")
	if span.End == 0 {
		return contentType
	}
	return contentType[:span.Start] + label + contentType[span.End:]
}

// VersionOf is the SOAP version that a Content-Type announces: 1.2 for
// application/soap+xml, also as the type of a multipart's root (start-info,
// type), otherwise Unknown. It is what is known of a request before its
// envelope has been read.
func VersionOf(contentType string) Version {
	if strings.Contains(strings.ToLower(contentType), soap12ContentType) {
		return V12
	}
	return Unknown
}

// outgoing is the Content-Type to send the request on with: multipart and
// SOAP 1.2 keep theirs, everything else is labelled as VP does.
func (m *Message) outgoing(contentType string) string {
	switch {
	case m.Multipart:
		return contentType
	case m.Envelope.Version == V12 && mediaType(contentType) == soap12ContentType:
		// In any spelling: a producer sees those that are not seen here.
		if label := parameter(contentType, "charset"); label != "" && !SameCharset(label, UTF8) {
			return withCharset(contentType, UTF8)
		}
		return contentType
	}
	return xmlContentType
}
