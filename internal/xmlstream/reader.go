package xmlstream

import (
	"fmt"
	"io"
)

// Kind is what a token is.
type Kind uint8

// The kinds of token.
const (
	Start Kind = iota + 1 // a start tag, or the first half of an empty-element tag
	End                   // an end tag, or the second half of an empty-element tag
	Text                  // character data or a CDATA section, decoded
)

// Name is an expanded name: Space is the namespace, empty for none.
type Name struct{ Space, Local string }

// Attr is one attribute; namespace declarations are not among them. Value is
// valid until the next token is asked for.
type Attr struct {
	Name  Name
	Value []byte
}

// The limits that hold where Options leaves them zero.
const (
	DefaultMaxDepth = 256
	DefaultMaxToken = 1 << 20

	maxAttributes = 256
)

// Options are what a document may be. The zero value is strict and bounded.
type Options struct {
	// Charset is the encoding somebody outside the document vouches for, such
	// as a transport's charset parameter. It wins over the XML declaration.
	// Empty: the byte order mark decides, then the declaration, then UTF-8.
	Charset string
	// SkipDoctype passes over a document type declaration unread. Otherwise one
	// is an error.
	SkipDoctype bool
	MaxDepth    int // open elements; 0: DefaultMaxDepth
	MaxToken    int // bytes of one tag, text or comment; 0: DefaultMaxToken
}

// Error is a document that is not well-formed, over a limit or in an encoding
// that is not understood.
type Error struct {
	Line int // from 1
	Text string
}

// Error is "line N: text".
func (e *Error) Error() string { return fmt.Sprintf("line %d: %s", e.Line, e.Text) }

// phase is where in the document the reader is.
type phase uint8

const (
	atStart phase = iota // nothing read, not even the encoding
	inProlog
	inContent
	inEpilog
)

// Reader reads one document. It is for one goroutine.
type Reader struct {
	options Options
	window  window
	phase   phase
	line    int // where the current token starts

	name  Name
	text  []byte
	attrs []Attr

	open     []element
	scope    scope
	names    names
	decoded  []byte // decoded text of the current token
	rawAttrs []rawAttr
	selfEnd  bool // the current start tag was an empty-element tag
	doctype  bool // one was seen
	failure  error
}

// element is an open element.
type element struct {
	tag   *qname
	name  Name
	scope int // bindings in force outside it
}

// NewReader makes a Reader of src. Reading starts with the first Next.
func NewReader(src io.Reader, options Options) *Reader {
	if options.MaxDepth == 0 {
		options.MaxDepth = DefaultMaxDepth
	}
	if options.MaxToken == 0 {
		options.MaxToken = DefaultMaxToken
	}
	return &Reader{
		options: options,
		window:  window{src: src, line: 1, max: options.MaxToken},
		line:    1,
	}
}

// Next reads one token. It returns io.EOF when the document has ended where it
// should, an *Error when it is wrong, and the source's error when reading
// fails. Errors stay.
func (r *Reader) Next() (Kind, error) {
	if r.failure != nil {
		return 0, r.failure
	}
	kind, err := r.next()
	r.failure = err
	return kind, err
}

// Name is the name of the current tag.
func (r *Reader) Name() Name { return r.name }

// Text is the current character data, valid until the next token is asked for.
func (r *Reader) Text() []byte { return r.text }

// Attrs are the attributes of the current start tag, valid until the next
// token is asked for.
func (r *Reader) Attrs() []Attr { return r.attrs }

// Attr is the value of one attribute of the current start tag.
func (r *Reader) Attr(name Name) (value []byte, ok bool) {
	for i := range r.attrs {
		if r.attrs[i].Name == name {
			return r.attrs[i].Value, true
		}
	}
	return nil, false
}

// Line is the line the current token starts on, from 1.
func (r *Reader) Line() int { return r.line }

// Depth is the number of open elements; a start tag's own element counts, and
// at an end tag it no longer does.
func (r *Reader) Depth() int { return len(r.open) }

// Skip passes over the rest of the element whose start tag is current, its end
// tag included.
func (r *Reader) Skip() error {
	for outside := r.Depth() - 1; r.Depth() > outside; {
		if _, err := r.Next(); err != nil {
			return err
		}
	}
	return nil
}

// AppendContent appends the character data of the element whose start tag is
// current to dst and passes over its end tag. An element inside is an *Error.
func (r *Reader) AppendContent(dst []byte) ([]byte, error) {
	for {
		kind, err := r.Next()
		switch {
		case err != nil:
			return dst, err
		case kind == End:
			return dst, nil
		case kind == Start:
			r.failure = r.wrong("element %s where only text is expected", r.name.Local)
			return dst, r.failure
		}
		dst = append(dst, r.text...)
	}
}

// next is Next without memory of failures.
func (r *Reader) next() (Kind, error) {
	if r.selfEnd {
		r.selfEnd = false
		r.close()
		return End, nil
	}
	if r.phase == atStart {
		if err := r.begin(); err != nil {
			return 0, err
		}
	}
	for {
		r.line = r.window.line
		first, err := r.window.at(0)
		switch {
		case err == io.EOF:
			return 0, r.end()
		case err != nil:
			return 0, r.cut(err)
		case first == '<':
			kind, err := r.markup()
			if kind != 0 || err != nil {
				return kind, err
			}
		default:
			found, err := r.charData()
			if found || err != nil {
				return Text, err
			}
		}
	}
}

// begin settles the encoding and passes over the XML declaration.
func (r *Reader) begin() error {
	src, err := toUTF8(r.window.src, r.options.Charset)
	if err != nil {
		return r.orEncoding(err)
	}
	r.window.src = src
	r.phase = inProlog
	return r.declaration()
}

// end judges the end of the input.
func (r *Reader) end() error {
	switch {
	case r.phase == inEpilog:
		return io.EOF
	case len(r.open) > 0:
		return r.wrong("the document ends inside element %s", r.open[len(r.open)-1].tag.raw)
	default:
		return r.wrong(msgNoRoot)
	}
}

// markup reads what starts with '<'. Kind 0 without error: nothing to report.
func (r *Reader) markup() (Kind, error) {
	second, err := r.window.at(1)
	if err != nil {
		return 0, r.cut(err)
	}
	switch second {
	case '/':
		return r.endTag()
	case '?':
		return 0, r.instruction()
	case '!':
		return r.declarationOrCDATA()
	default:
		return r.startTag()
	}
}

// wrong is an Error at the current token.
func (r *Reader) wrong(format string, args ...any) error {
	return &Error{Line: r.line, Text: fmt.Sprintf(format, args...)}
}

// cut turns the end of input inside a token into an Error; other errors stay.
func (r *Reader) cut(err error) error {
	switch err {
	case io.EOF:
		return r.wrong("the document ends inside markup")
	case errTokenTooLong:
		return r.wrong("a token is longer than %d bytes", r.options.MaxToken)
	}
	return r.orEncoding(err)
}

// orEncoding gives encoding errors their line; other errors stay.
func (r *Reader) orEncoding(err error) error {
	if e, ok := err.(encodingError); ok {
		return &Error{Line: r.window.line, Text: string(e)}
	}
	return err
}
