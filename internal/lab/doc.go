// Package lab holds what stands around a gateway, in one process: throw-away
// certificates, producers that behave and misbehave, a service-addressing
// catalogue with a TAK stand-in, HSA files, and callers that write exactly the
// bytes they are told to. The demo is made of it, and so are the end-to-end
// tests.
//
// Nothing here is safe to expose: private keys are minted on the spot and
// producers answer anybody. Everything listens on 127.0.0.1, on a free port
// unless an address is given, and is closed by its Close method.
package lab
