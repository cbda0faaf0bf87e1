package auth

import (
	"net/http"
	"slices"
	"strings"

	"rivgate/fault"
)

// Headers that carry identity between platforms, as faults and configurations
// spell them.
const (
	SenderIDHeader         = "x-vp-sender-id"
	CertificateHeader      = "x-vp-auth-cert" // the usual name; the one in force is configured
	OriginalConsumerHeader = "x-rivta-original-serviceconsumer-hsaid"
)

// Keys under which net/http stores the headers that have one spelling.
const (
	historyKey     = "X-Rivta-Routing-History"
	originalKey    = "X-Rivta-Original-Serviceconsumer-Hsaid"
	correlationKey = "X-Skltp-Correlation-Id"
)

// spelling is a header that may come with dashes or, as the specification VP
// grew from has it, with underscores. An empty underscore key is never read.
type spelling struct{ dash, underscore string }

// The platform headers' two spellings, under net/http's keys.
func senderSpelling() spelling   { return spelling{"X-Vp-Sender-Id", "X_vp_sender_id"} }
func instanceSpelling() spelling { return spelling{"X-Vp-Instance-Id", "X_vp_instance_id"} }
func hopsSpelling() spelling     { return spelling{"X-Vp-Hops", "X_vp_hops"} }

func certificateSpelling(name string) spelling {
	if strings.EqualFold(strings.ReplaceAll(name, "_", "-"), CertificateHeader) {
		return spelling{"X-Vp-Auth-Cert", "X_vp_auth_cert"}
	}
	return spelling{dash: http.CanonicalHeaderKey(name)}
}

// read gives the header's values. Two spellings that disagree are VP011: one
// of them did not come from the proxy that is trusted.
func (s spelling) read(h http.Header) ([]string, error) {
	dashed, underscored := h[s.dash], []string(nil)
	if s.underscore != "" {
		underscored = h[s.underscore]
	}
	switch {
	case len(underscored) == 0:
		return dashed, nil
	case len(dashed) == 0:
		return underscored, nil
	case !slices.Equal(dashed, underscored):
		return nil, fault.Newf(fault.VP011, "HTTP headers %s and %s differ", s.dash, s.underscore)
	}
	return dashed, nil
}
