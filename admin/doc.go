// Package admin serves the people and systems that operate a gateway: status
// and resets in VP's texts, health, metrics, the reasons for decisions, and a
// page that shows it all.
//
// It knows the gateway by the functions it is given and imports none of its
// packages. What VP answers and others match on is reproduced byte for byte;
// sizes are printed with a decimal point, as VP does by itself, in every locale.
package admin
