// Package audit is the audit log: one JSON line a call and an administrative
// act, each bound to the line before by its hash, so that a line that is
// changed, moved or removed shows. docs/audit.md says what a line holds, and
// what the chain proves.
package audit
