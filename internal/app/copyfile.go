package app

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"net/http"
	"os"
)

// longestCopyHead bounds the head of a copy in bytes. A longer one is left to the
// gateway, which refuses it.
const longestCopyHead = 1 << 20

// unusable tells why a file holds no whole request, "" if it does or if it is wrong
// in a way that the gateway sees by itself. The gateway would wait for what is
// missing, as it must for a caller.
func unusable(path string) (why string) {
	file, err := os.Open(path)
	if err != nil {
		return err.Error()
	}
	defer file.Close()
	head, err := io.ReadAll(io.LimitReader(file, longestCopyHead))
	if err != nil {
		return err.Error()
	}
	begun := bytes.TrimLeft(head, "\r\n")
	emptyLine := bytes.Contains(begun, []byte("\n\r\n")) || bytes.Contains(begun, []byte("\n\n"))
	switch {
	case len(head) == longestCopyHead: // there is enough of it
	case len(begun) == 0:
		return "it is empty"
	case !emptyLine:
		return "its head is cut"
	}
	return unframed(bufio.NewReader(io.MultiReader(bytes.NewReader(begun), file)))
}

// unframed tells why a request's body does not end where the file does.
func unframed(in *bufio.Reader) (why string) {
	request, err := http.ReadRequest(in)
	if err != nil {
		return "" // the gateway's to refuse
	}
	if _, err = io.Copy(io.Discard, request.Body); errors.Is(err, io.ErrUnexpectedEOF) {
		return "its body is cut"
	}
	rest, _ := io.ReadAll(io.LimitReader(in, longestCopyHead))
	if err == nil && len(bytes.TrimSpace(rest)) > 0 {
		return "it goes on after its request"
	}
	return ""
}
