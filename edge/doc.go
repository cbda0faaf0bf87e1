// Package edge is the gateway's outer wall: listeners, server-side TLS, and
// what must be seen of a request before net/http normalises it away.
//
// net/http.Server stays the HTTP engine. In front of it stands, on every
// connection, a gate that reads each request head whole, checks it strictly
// and follows the body's framing, so that it always knows where the next head
// begins. A request that has more than one reading never reaches net/http: a
// stand-in takes its place, and the handler, which asks RefusalOf, answers it
// in order like any other request. Behind the gate nothing is left that
// net/http would answer by itself.
//
// A caller's certificate is held against authorities and revocation in every
// handshake, and, because connections outlive handshakes, by VerifyPeer again
// before every call.
//
// Refused with 400 are, beyond what RFC 9112 demands: Content-Length beside
// Transfer-Encoding, more than one of either even if equal, leading zeros in
// Content-Length, names that become framing headers when _ and . are taken for
// dashes, folded framing headers, Transfer-Encoding in HTTP/1.0, mixed line
// ends, an empty Host, and versions other than 1.0 and 1.1. Accepted, each
// having one reading: folded lines in other fields, a head all of whose lines
// end in a bare LF, one empty line before the request line, absolute-form
// targets, and chunk extensions. Trailer fields are checked and dropped.
package edge
