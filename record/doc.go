// Package record holds what operators look at: a Call, filled in one place when
// the call ends and at each event that is told, and what is written of it.
package record
