// Package tak holds the service-addressing catalogue (tjänsteadresserings-
// katalogen, TAK): which producer serves a contract for a receiver, and who
// may call it.
//
// A Catalogue is one generation of both tables and never changes. A Client
// fetches one from TAK's SOAP service SokVagvalsInfo v2, ReadCopy reads one from
// the local copy that VP and this package write, and a Refresher keeps the
// current one: both tables are replaced together or not at all.
//
// Lookups here are exact; the fallbacks (the HSA tree, the default receiver)
// belong to routing.
package tak
