// Command bench measures the gateway beside other proxies, and soaks it.
//
//	bench           a table of CPU time, throughput, latency and memory
//	bench soak      hours of mixed calls, and whether memory stays flat
//	bench profile   where the gateway's CPU time goes
//
// It starts everything itself, on loopback: a producer, and one proxy after the
// other beside it with the same certificates. `make bench` runs it.
package main
