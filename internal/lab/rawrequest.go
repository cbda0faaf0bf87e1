package lab

import (
	"bytes"
	"strconv"
	"strings"
)

// RawRequest builds a request's bytes. Nothing is added but the framing of the
// body, and nothing is checked.
type RawRequest struct {
	Method string
	Target string
	Header [][2]string
	Body   []byte
	Chunk  int // 0: Content-Length is added; else: chunks of so many bytes
}

// Bytes is the request as it goes over the wire, HTTP/1.1.
func (r RawRequest) Bytes() []byte {
	var wire bytes.Buffer
	wire.WriteString(r.Method + " " + r.Target + " HTTP/1.1\r\n")
	for _, field := range r.Header {
		wire.WriteString(field[0] + ": " + field[1] + "\r\n")
	}
	if r.Chunk <= 0 {
		wire.WriteString("Content-Length: " + strconv.Itoa(len(r.Body)) + "\r\n\r\n")
		wire.Write(r.Body)
		return wire.Bytes()
	}
	wire.WriteString(inChunks + "\r\n\r\n")
	for rest := r.Body; len(rest) > 0; {
		n := min(r.Chunk, len(rest))
		wire.WriteString(chunk(string(rest[:n])))
		rest = rest[n:]
	}
	wire.WriteString(chunk(""))
	return wire.Bytes()
}

// Curl is a command line that makes the same request with curl, for people to
// paste. The body is given in the file named.
func (r RawRequest) Curl(url, bodyFile string, flags ...string) string {
	words := append([]string{"curl", "-sS"}, flags...)
	for _, field := range r.Header {
		words = append(words, "-H", quote(field[0]+": "+field[1]))
	}
	return strings.Join(append(words, "--data-binary", quote("@"+bodyFile), quote(url)), " ")
}

// quote makes one word of the shell.
func quote(word string) string {
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}
