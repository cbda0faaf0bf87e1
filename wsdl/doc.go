// Package wsdl serves service descriptions: the WSDL of each contract and every
// schema it needs, with the addresses in them turned into the gateway's own.
//
// A description comes from a folder that is searched, from VP's wsdlconfig.json,
// or from a producer. It is read once, with everything that can be reached from
// it, into pages that need the caller's address of the gateway and nothing else
// to be written. What a caller asks for is looked up among those pages; no path
// is ever made from what a caller sent.
package wsdl
