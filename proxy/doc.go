// Package proxy carries one call from its first byte to its last: the stages
// that decide, in the order that decides which fault a caller sees (stages.go),
// the exchange with the producer (producer.go, answer.go), the answer's way to
// the caller (deliver.go) and the one place that writes a failure (fail.go).
//
// Start with stages.go. Each stage is in the file that bears its name, but for
// request-known, which is in events.go.
package proxy
