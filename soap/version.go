package soap

import "strings"

// VersionOf is the SOAP version that a Content-Type announces: 1.2 for
// application/soap+xml, also as the type of a multipart's root (start-info,
// type), otherwise Unknown. It is what is known of a request before its
// envelope has been read.
func VersionOf(contentType string) Version {
	if strings.Contains(strings.ToLower(contentType), "application/soap+xml") {
		return V12
	}
	return Unknown
}
