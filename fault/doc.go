// Package fault names everything a call can fail with: the VP codes that
// callers and operators match on, their Swedish texts, which side is to blame,
// and an error type that keeps what may be shown apart from what may not.
package fault
