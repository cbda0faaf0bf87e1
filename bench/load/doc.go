// Package load calls a proxy as often as it can, or at a rate, and checks every
// answer: its status, that it belongs to its request, and every byte of it. It
// speaks just enough HTTP/1.1 to cost little itself.
package load
