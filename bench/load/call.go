package load

import (
	"bytes"
	"fmt"
	"strings"
)

// The headers by which a producer shows that it got what was sent: it returns
// the first as it came, and tells in the second the Sum of the body it read.
const (
	IDHeader  = "X-Bench-Id"
	SumHeader = "X-Bench-Sum"
)

// Call is a request to be made many times, and what must come back. It does
// not change once it is used.
type Call struct {
	Path        string
	ContentType string
	Body        *Body

	Status  int
	Arrives *Body // what the producer must be sent; nil: the call does not reach it
	Answer  *Body // what must come back; nil: anything that contains Text
	Text    string
}

// idDigits is the width of a request's id.
const idDigits = 16

// head is the request's head with room for an id, and the room's place.
func (c *Call) head(host string, keep bool) (head []byte, id int) {
	connection := ""
	if !keep {
		connection = "Connection: close\r\n"
	}
	text := fmt.Sprintf("POST %s HTTP/1.1\r\nHost: %s\r\nContent-Type: %s\r\nContent-Length: %d\r\nSOAPAction: \"\"\r\n%s%s: ",
		c.Path, host, c.ContentType, c.Body.Len(), connection, IDHeader)
	return []byte(text + strings.Repeat("0", idDigits) + "\r\n\r\n"), len(text)
}

// answer is what was read of an answer.
type answer struct {
	status int
	id     []byte // valid until the next read
	sent   []byte // as the producer counted it; likewise
	sum    Sum
	text   []byte // of answers that are searched
	last   bool   // the connection ends with it
}

// check compares an answer with what was to come.
func (c *Call) check(a *answer, id []byte) error {
	switch {
	case a.status != c.Status:
		return fmt.Errorf("status %d, want %d: %s", a.status, c.Status, a.text)
	case c.Arrives != nil && !bytes.Equal(a.id, id):
		return fmt.Errorf("request %s got the answer to %q", id, a.id)
	case c.Arrives != nil && string(a.sent) != c.Arrives.told:
		return fmt.Errorf("the producer was sent %s, want %s", a.sent, c.Arrives.told)
	case c.Answer != nil && a.sum != c.Answer.Sum():
		return fmt.Errorf("the answer is %s, want %s", a.sum, c.Answer.Sum())
	case c.Answer == nil && !bytes.Contains(a.text, []byte(c.Text)):
		return fmt.Errorf("the answer does not say %s: %s", c.Text, a.text)
	}
	return nil
}
