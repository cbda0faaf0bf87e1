// Package migrate turns the configuration of a VP installation into one for
// rivgate. What VP was told comes in as settings (settings.go), read from
// property files, environment variables and Helm values; keys.go lists every
// key VP knows. translate.go is the table of contents of the result: each
// section has a file of its own. What becomes of every key is told in the
// Report, because a setting that is lost in silence is found in production.
package migrate
