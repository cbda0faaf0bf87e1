// Package rivta knows the RIV-TA basic profiles 2.0 and 2.1: their names, which
// SOAP header carries the logical address in each, and how to turn one into the
// other by editing that one element.
package rivta
