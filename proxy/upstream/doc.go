// Package upstream calls producers over HTTP/1.1: one request, one answer, in
// the goroutine of the caller. It takes the place of http.Transport on the call
// path, keeps no goroutine for an idle connection, and is exact about three
// things a gateway for calls that must not happen twice depends on:
//
//   - what was sent: a request is sent whole or its connection is aborted, and
//     nothing is ever repeated once a byte of it may have reached the producer;
//   - what was received: an answer ends where its framing says, or an error says
//     why it did not;
//   - what a connection may be used for: only one whose last answer ended exactly
//     where it should, with nothing behind it, is used again.
//
// There is no proxy from the environment, no redirect, no decompression, no
// cookie jar, no upgrade and no HTTP/2.
package upstream
