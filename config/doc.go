// Package config reads the gateway's configuration file.
//
// The types are the file: every key is a field with a yaml tag, and the tags
// beside it say what holds when the key is absent (default), whether it must
// have a value (required), which values it takes (oneof, check, positive, max,
// and words, which are kept where a path is wanted), and whether a reload
// changes it (reload).
//
// One strict walk over the node tree fills the types and reports every problem
// it meets with file, line and key; the checks that span keys follow. A loaded
// Config is complete and is never changed again, so that it may be shared
// freely.
package config
