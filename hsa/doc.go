// Package hsa reads the files of the national directory of health care units
// (HSA) and answers one question: which unit is above this one. Routing climbs
// that tree when the catalogue has no row for a receiver itself.
package hsa
