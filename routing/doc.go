// Package routing decides where a call goes and whether its sender may make it.
//
// Decide is the only place where that is decided: calls, explanations and checks
// ask it alike. It answers a Question from a View, which is one generation of
// the catalogue, the HSA tree and the rules, and it can leave a Trace of every
// step. The rules are VP's: the order in which receivers are tried, the order of
// the faults and their texts.
package routing
