// Package soap reads SOAP requests without parsing more than their head, and
// writes SOAP faults.
//
// Read takes a request up to the start tag of Body's first child: far enough
// to know the addressing headers and the service contract. What it has read is
// kept as bytes (Message.Head), and every finding is a span of those bytes, so
// a caller changes a message by byte edits and streams the rest on. The bytes
// that were scanned are the bytes that are sent.
//
// Requests in other charsets than UTF-8 are transcoded to it before they are
// scanned; the root part of a multipart/related request is found and scanned
// in place. What two readers could understand differently is refused.
//
// Failures are *fault.Error with code VP015. Their texts for malformed XML are
// those of VP's parser, row and column included, because operators and test
// suites match on them; rules of our own have texts in the same form.
package soap
