// Package wsdl serves service descriptions: WSDL and the schemas they import.
package wsdl

import (
	"io"
	"net/http"
	"strconv"
)

// Store answers requests for descriptions. It is safe for concurrent use.
type Store struct{}

// New makes a Store that knows no descriptions.
func New() *Store { return &Store{} }

// ServeHTTP answers a GET or HEAD with ?wsdl or ?xsd. A path that no
// description is known for is 404 with VP's text and list.
func (s *Store) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	const text = "No wsdl found on this path, following wsdl paths is available:"
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Content-Length", strconv.Itoa(len(text)))
	w.WriteHeader(http.StatusNotFound)
	_, _ = io.WriteString(w, text) // a caller that does not listen is its own affair
}
