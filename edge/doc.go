// Package edge is the gateway's outer wall: listeners, server-side TLS, and
// what must be seen of a request before net/http normalises it away.
//
// net/http.Server stays the HTTP engine. In front of it stands, for every
// connection, a Conn that finishes the TLS handshake, reads each request head
// whole, checks it strictly and follows the body's framing, so that it always
// knows where the next head begins. A request that has more than one reading
// never reaches net/http: a stand-in takes its place, and the handler, which
// asks RefusalOf, answers it in order like any other request.
package edge
