package admin

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
)

// protect sets what holds for every answer: not kept, not guessed at, shown in
// no frame, and with nothing in it that runs.
func protect(h http.Header) {
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Security-Policy", "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
	h.Set("Referrer-Policy", "same-origin") // with no-referrer, browsers send our own forms' Origin as null
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
}

func writeText(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	write(w, text)
}

// writeJSON answers with v, indented for people.
func writeJSON(w http.ResponseWriter, status int, v any) {
	text, err := indented(v)
	if err != nil {
		status, text = http.StatusInternalServerError, `{"error": "the answer cannot be written as JSON"}`
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	write(w, text+"\n")
}

// indented is v as JSON in the form VP's status has: two blanks a level, one
// after the colon, HTML's characters as they are, no line break at the end.
func indented(v any) (string, error) {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(v); err != nil {
		return "", err
	}
	return string(bytes.TrimSuffix(b.Bytes(), []byte("\n"))), nil
}

// problem is why there is no other answer, as JSON.
type problem struct {
	Error string `json:"error"`
}

func write(w io.Writer, text string) {
	_, _ = io.WriteString(w, text) // a caller that does not listen is its own affair
}
