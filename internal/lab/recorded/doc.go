// Package recorded plays what a running VP was once asked, and compares what
// came of it.
//
// A recorded call is a request, byte for byte, with the answer its caller got
// and the requests its producer saw. Build sets up the catalogue, HSA tree,
// certificates and producers that the calls were made against; Play sends one
// of them to a gateway; Compare says what differs. Where a gateway differs on
// purpose, a deviation in a text file says what is expected in place of what
// was recorded.
package recorded
