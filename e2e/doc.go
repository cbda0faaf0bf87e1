// Package e2e tests the gateway from the outside: real TLS, real sockets, what
// went in, what the producer saw, what came out. It has tests only.
package e2e
