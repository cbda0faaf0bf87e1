package admin

import (
	"net/http"
	"time"
)

// NewServer makes a server for an Admin or a part of it. Bodies have a bound
// of their own: net/http's ReadTimeout would end long profiles and resets too.
// A change has no time limit but its own; a profile is given its length more.
func NewServer(handler http.Handler) *http.Server {
	return &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: 10 * time.Second,
		WriteTimeout:      time.Minute,
		IdleTimeout:       time.Minute,
		MaxHeaderBytes:    64 << 10,
	}
}
