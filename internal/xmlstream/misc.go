package xmlstream

import (
	"bytes"
	"strings"
)

// instruction passes over a processing instruction.
func (r *Reader) instruction() error {
	const opening, closing = len("<?"), "?>"
	end, err := r.window.findEnd(closing, opening)
	if err != nil {
		return r.cut(err)
	}
	inside := r.window.take(end + len(closing))[opening:end]
	name, data := inside, []byte(nil)
	if i := bytes.IndexAny(inside, spaces); i >= 0 {
		name, data = inside[:i], inside[i:]
	}
	switch {
	case strings.EqualFold(string(name), "xml"):
		return r.wrong(msgReservedPI)
	case !isNCName(string(name)):
		return r.wrong(msgPI)
	}
	return r.checkCharacters(data)
}

// declaration passes over the XML declaration, if the document has one.
func (r *Reader) declaration() error {
	found, err := r.window.startsWith(0, "<?xml")
	if err != nil {
		return r.cut(err)
	}
	if !found {
		return nil
	}
	after, err := r.window.at(len("<?xml"))
	if err != nil {
		return r.cut(err)
	}
	if !strings.ContainsRune(spaces, rune(after)) {
		return nil // an instruction whose name starts with xml
	}
	end, err := r.window.findEnd("?>", len("<?xml"))
	if err != nil {
		return r.cut(err)
	}
	inside := r.window.take(end + len("?>"))[len("<?xml"):end]
	if !isDeclaration(string(inside)) {
		return r.wrong(msgDeclaration)
	}
	return nil
}

// isDeclaration checks version, encoding and standalone of an XML declaration
// (XML 1.0 section 2.8). Any version 1.x is read as 1.0, as the fifth edition
// asks.
func isDeclaration(s string) bool {
	version, rest, ok := pseudoAttribute(s, "version")
	if !ok || !strings.HasPrefix(version, "1.") {
		return false
	}
	if _, after, ok := pseudoAttribute(rest, "encoding"); ok {
		rest = after
	}
	if standalone, after, ok := pseudoAttribute(rest, "standalone"); ok {
		if standalone != "yes" && standalone != "no" {
			return false
		}
		rest = after
	}
	return strings.Trim(rest, spaces) == ""
}

// pseudoAttribute reads one ` name="value"` off s.
func pseudoAttribute(s, name string) (value, rest string, ok bool) {
	trimmed := strings.TrimLeft(s, spaces)
	after, found := strings.CutPrefix(trimmed, name)
	if !found || len(trimmed) == len(s) {
		return "", s, false
	}
	after, found = strings.CutPrefix(strings.TrimLeft(after, spaces), "=")
	after = strings.TrimLeft(after, spaces)
	if !found || after == "" || after[0] != '"' && after[0] != '\'' {
		return "", s, false
	}
	value, rest, ok = strings.Cut(after[1:], after[:1])
	if !ok {
		return "", s, false
	}
	return value, rest, true
}

// declarationOrCDATA reads what starts with "<!".
func (r *Reader) declarationOrCDATA() (Kind, error) {
	for _, form := range []struct {
		opening string
		read    func(*Reader) (Kind, error)
	}{
		{"<!--", (*Reader).comment},
		{"<![CDATA[", (*Reader).cdata},
		{"<!DOCTYPE", (*Reader).documentType},
	} {
		found, err := r.window.startsWith(0, form.opening)
		if err != nil {
			return 0, r.cut(err)
		}
		if found {
			return form.read(r)
		}
	}
	return 0, r.wrong("unknown markup '<!'")
}

// comment passes over a comment.
func (r *Reader) comment() (Kind, error) {
	const opening = len("<!--")
	end, err := r.window.findEnd("--", opening)
	if err != nil {
		return 0, r.cut(err)
	}
	last, err := r.window.at(end + 2)
	if err != nil {
		return 0, r.cut(err)
	}
	if last != '>' {
		return 0, r.wrong("'--' in a comment")
	}
	return 0, r.checkCharacters(r.window.take(end + 3)[opening:end])
}

// checkCharacters refuses characters that XML does not have.
func (r *Reader) checkCharacters(b []byte) error {
	r.decoded = r.decoded[:0]
	return r.decode(b, inCDATA)
}

// documentType passes over a document type declaration, where one is accepted.
func (r *Reader) documentType() (Kind, error) {
	if !r.options.SkipDoctype {
		return 0, r.wrong(msgDoctype)
	}
	if r.phase != inProlog || r.doctype {
		return 0, r.wrong(msgMisplaced)
	}
	r.doctype = true
	end, err := r.doctypeEnd()
	if err != nil {
		return 0, r.cut(err)
	}
	r.window.take(end)
	return 0, nil
}

// doctypeEnd is the offset behind the declaration: past the '>' that closes
// it, counting nested declarations, and not those in quotes or comments.
func (r *Reader) doctypeEnd() (int, error) {
	depth := 1
	for i := len("<!DOCTYPE"); ; i++ {
		c, err := r.window.at(i)
		if err != nil {
			return 0, err
		}
		closing := ""
		switch c {
		case '"', '\'':
			closing = string(rune(c))
		case '<':
			closing, err = r.passage(i)
			if closing == "" {
				depth++
			}
		case '>':
			depth--
		}
		if closing != "" && err == nil {
			i, err = r.window.findEnd(closing, i+1)
			i += len(closing) - 1
		}
		if err != nil {
			return 0, err
		}
		if depth == 0 {
			return i + 1, nil
		}
	}
}

// passage is what ends the comment or processing instruction at an offset; ""
// for anything else.
func (r *Reader) passage(offset int) (closing string, err error) {
	for _, form := range []struct{ opening, closing string }{{"<!--", "-->"}, {"<?", "?>"}} {
		found, err := r.window.startsWith(offset, form.opening)
		if found || err != nil {
			return form.closing, err
		}
	}
	return "", nil
}
