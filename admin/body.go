package admin

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"time"
)

const (
	maxBody  = 4 << 10 // bytes; the longest body that means something is a word
	bodyTime = 10 * time.Second
)

// takeBody reads the whole body before anything is done, so that nothing waits
// for a slow caller later. false: the caller was told what is wrong.
func takeBody(w http.ResponseWriter, r *http.Request) bool {
	if r.Body == nil || r.ContentLength == 0 {
		return true
	}
	connection := http.NewResponseController(w)
	_ = connection.SetReadDeadline(time.Now().Add(bodyTime)) // what has no deadlines is not a socket
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil { // the deadline stays: net/http still reads some of what is left
		refuseBody(w, err)
		return false
	}
	_ = connection.SetReadDeadline(time.Time{})
	r.Body = io.NopCloser(bytes.NewReader(body))
	return true
}

func refuseBody(w http.ResponseWriter, err error) {
	w.Header().Set("Connection", "close")
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		writeText(w, http.StatusRequestEntityTooLarge, "the body is too large\n")
		return
	}
	writeText(w, http.StatusBadRequest, "the body cannot be read\n")
}
