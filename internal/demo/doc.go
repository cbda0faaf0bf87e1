// Package demo runs a whole sandbox in one process: the lab's certificates,
// catalogue and producers, and a real gateway between them.
package demo
