// Package record holds what operators look at: one Call a call, filled in one
// place when the call ends, and what is written of it.
package record
