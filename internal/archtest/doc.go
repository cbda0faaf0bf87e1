// Package archtest keeps the architecture true: which package may import which,
// and that each says what it is. It has tests only.
package archtest
