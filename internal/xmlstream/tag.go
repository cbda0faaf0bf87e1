package xmlstream

import "bytes"

// The texts of errors that tests tell apart.
const (
	msgNoRoot       = "the document has no root element"
	msgSecondRoot   = "a second root element"
	msgOutside      = "text outside the root element"
	msgUndeclared   = "prefix %s is not declared"
	msgTwice        = "attribute %s is given twice"
	msgNoSpace      = "no space between attributes"
	msgName         = "%q is not a name"
	msgReservedPI   = "an XML declaration that is not at the start"
	msgDeclaration  = "the XML declaration is wrong"
	msgPI           = "a processing instruction without space after its name"
	msgCharRef      = "a character reference to no character"
	msgMisplaced    = "a document type declaration in the wrong place"
	msgDoctype      = "a document type declaration is not accepted"
	msgOutsideCDATA = "a CDATA section outside the root element"
)

// rawAttr is an attribute before its namespace is known. The value is a span
// of Reader.decoded, which may move while attributes are read.
type rawAttr struct {
	name     *qname
	from, to int
}

// startTag reads a start tag or an empty-element tag.
func (r *Reader) startTag() (Kind, error) {
	end, err := r.tagEnd()
	if err != nil {
		return 0, err
	}
	inside := r.window.take(end + 1)[1:end]
	if r.phase == inEpilog {
		return 0, r.wrong(msgSecondRoot)
	}
	if n := len(inside); n > 0 && inside[n-1] == '/' {
		r.selfEnd = true
		inside = inside[:n-1]
	}
	nameEnd := 0
	for nameEnd < len(inside) && !isSpace(inside[nameEnd]) {
		nameEnd++
	}
	tag := r.names.get(inside[:nameEnd])
	if tag == nil {
		return 0, r.wrong(msgName, inside[:nameEnd])
	}
	if err := r.attributes(inside[nameEnd:]); err != nil {
		return 0, err
	}
	return Start, r.enter(tag)
}

// tagEnd is the offset of the '>' that ends the tag at the window's start.
func (r *Reader) tagEnd() (int, error) {
	var quote byte
	for i := 1; ; {
		for b := r.window.rest(); i < len(b); i++ {
			switch c := b[i]; {
			case quote != 0:
				if c == quote {
					quote = 0
				}
			case c == '>':
				return i, nil
			case c == '"' || c == '\'':
				quote = c
			case c == '<':
				return 0, r.wrong("'<' inside a tag")
			}
		}
		if err := r.window.more(); err != nil {
			return 0, r.cut(err)
		}
	}
}

// attributes reads what follows the name in a start tag into rawAttrs.
func (r *Reader) attributes(b []byte) error {
	r.rawAttrs, r.decoded = r.rawAttrs[:0], r.decoded[:0]
	for {
		trimmed := trimLeft(b)
		if len(trimmed) == 0 {
			return nil
		}
		if len(trimmed) == len(b) {
			return r.wrong(msgNoSpace)
		}
		rest, err := r.attribute(trimmed)
		if err != nil {
			return err
		}
		b = rest
	}
}

// attribute reads one attribute off b.
func (r *Reader) attribute(b []byte) (rest []byte, err error) {
	equals := bytes.IndexByte(b, '=')
	if equals < 0 {
		return nil, r.wrong("an attribute without value")
	}
	raw := trimRight(b[:equals])
	name := r.names.get(raw)
	if name == nil {
		return nil, r.wrong(msgName, raw)
	}
	b = trimLeft(b[equals+1:])
	if len(b) == 0 || b[0] != '"' && b[0] != '\'' {
		return nil, r.wrong("the value of attribute %s is not quoted", raw)
	}
	closing := bytes.IndexByte(b[1:], b[0])
	if closing < 0 {
		return nil, r.wrong("the value of attribute %s does not end", raw)
	}
	if len(r.rawAttrs) == maxAttributes {
		return nil, r.wrong("more than %d attributes", maxAttributes)
	}
	from := len(r.decoded)
	if err := r.decode(b[1:1+closing], inAttribute); err != nil {
		return nil, err
	}
	r.rawAttrs = append(r.rawAttrs, rawAttr{name, from, len(r.decoded)})
	return b[closing+2:], nil
}

// enter opens the element and resolves its names.
func (r *Reader) enter(tag *qname) error {
	if len(r.open) == r.options.MaxDepth {
		return r.wrong("more than %d elements inside each other", r.options.MaxDepth)
	}
	outside := len(r.scope.bindings)
	if err := r.declare(); err != nil {
		return err
	}
	name, err := r.expand(tag, true)
	if err != nil {
		return err
	}
	if err := r.expandAttributes(); err != nil {
		return err
	}
	r.name = name
	r.open = append(r.open, element{tag, name, outside})
	r.phase = inContent
	return nil
}

// declare puts the tag's namespace declarations in force.
func (r *Reader) declare() error {
	for i, a := range r.rawAttrs {
		for _, earlier := range r.rawAttrs[:i] {
			if earlier.name.raw == a.name.raw {
				return r.wrong(msgTwice, a.name.raw)
			}
		}
		prefix, ok := a.name.declares()
		if !ok {
			continue
		}
		if wrong := r.scope.bind(prefix, r.decoded[a.from:a.to]); wrong != "" {
			return r.wrong("%s", wrong)
		}
	}
	return nil
}

// declares tells which prefix an attribute of this name declares, if any.
func (q *qname) declares() (prefix string, ok bool) {
	if q.raw == "xmlns" {
		return "", true
	}
	return q.local, q.prefix == "xmlns"
}

// expandAttributes fills Attrs.
func (r *Reader) expandAttributes() error {
	r.attrs = r.attrs[:0]
	for _, a := range r.rawAttrs {
		if _, declaration := a.name.declares(); declaration {
			continue
		}
		name, err := r.expand(a.name, false)
		if err != nil {
			return err
		}
		if _, twice := r.Attr(name); twice {
			return r.wrong(msgTwice, a.name.raw)
		}
		r.attrs = append(r.attrs, Attr{name, r.decoded[a.from:a.to]})
	}
	return nil
}

// expand resolves a name; the default namespace is for elements only.
func (r *Reader) expand(q *qname, element bool) (Name, error) {
	if q.prefix == "" && !element {
		return Name{Local: q.local}, nil
	}
	space, ok := r.scope.resolve(q.prefix)
	if !ok {
		return Name{}, r.wrong(msgUndeclared, q.prefix)
	}
	return Name{space, q.local}, nil
}

// endTag reads an end tag.
func (r *Reader) endTag() (Kind, error) {
	end, err := r.window.find('>', 2)
	if err != nil {
		return 0, r.cut(err)
	}
	name := trimRight(r.window.take(end + 1)[2:end])
	if len(r.open) == 0 || string(name) != r.open[len(r.open)-1].tag.raw {
		return 0, r.wrong("end tag %q ends no open element", name)
	}
	r.close()
	return End, nil
}

// close ends the innermost element.
func (r *Reader) close() {
	last := r.open[len(r.open)-1]
	r.open = r.open[:len(r.open)-1]
	r.scope.leave(last.scope)
	r.name = last.name
	r.attrs = r.attrs[:0]
	if len(r.open) == 0 {
		r.phase = inEpilog
	}
}

// spaces are the characters of S in XML 1.0.
const spaces = " \t\r\n"

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\r' || c == '\n' }

// trimLeft and trimRight are for every tag: package bytes makes a set of the
// characters first, which took a third of the time of reading tags.
func trimLeft(b []byte) []byte {
	for len(b) > 0 && isSpace(b[0]) {
		b = b[1:]
	}
	return b
}

func trimRight(b []byte) []byte {
	for len(b) > 0 && isSpace(b[len(b)-1]) {
		b = b[:len(b)-1]
	}
	return b
}
