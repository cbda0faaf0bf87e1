// Package auth answers who calls, from where and on whose behalf.
//
// A Policy names the sender of a call from its TLS certificate or, on a plain
// listener behind trusted proxies, from the platform's headers or a certificate
// header; it decides who may name the original consumer, keeps the routing
// history that finds loops between platforms, and picks the correlation id.
// Everything it refuses is a *fault.Error in the order and with the texts of VP.
package auth
