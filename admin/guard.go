package admin

import (
	"crypto/sha256"
	"crypto/subtle"
	"net"
	"net/http"
	"net/netip"
	"strings"
)

// crossSite tells whether a browser sends r on behalf of another site's page.
// What browsers say best decides: Sec-Fetch-Site, else Origin, else Referer.
// Other programs send none of them and are let through. A page whose name was
// made to resolve to this host counts as another site's, whatever is sent.
func crossSite(r *http.Request) bool {
	if fromBrowser(r) && rebound(r) {
		return true
	}
	if sites, sent := r.Header["Sec-Fetch-Site"]; sent {
		for _, site := range sites {
			if site != "same-origin" && site != "none" { // none: typed, or a bookmark
				return true
			}
		}
		return false
	}
	pages, sent := r.Header["Origin"]
	if !sent {
		pages = r.Header["Referer"]
	}
	for _, page := range pages {
		if !sameHost(page, r.Host) {
			return true
		}
	}
	return false
}

func fromBrowser(r *http.Request) bool {
	return r.Header["Sec-Fetch-Site"] != nil || r.Header["Origin"] != nil || r.Header["Referer"] != nil
}

// rebound tells whether a request came over loopback under a name that is not
// loopback's. Browsers take such a name for one site with the page that an
// attacker served under it from elsewhere before (DNS rebinding).
func rebound(r *http.Request) bool {
	local, _ := r.Context().Value(http.LocalAddrContextKey).(net.Addr)
	if local == nil || !isLoopback(local.String()) {
		return false
	}
	return !isLoopback(r.Host)
}

// isLoopback judges a host with or without a port.
func isLoopback(authority string) bool {
	host, _, err := net.SplitHostPort(authority)
	if err != nil {
		host = strings.Trim(authority, "[]")
	}
	address, err := netip.ParseAddr(host)
	return strings.EqualFold(host, "localhost") || err == nil && address.Unmap().IsLoopback()
}

// sameHost compares a page's host and port with those that were asked. The
// scheme is left out: a proxy in front may have ended TLS.
func sameHost(page, host string) bool {
	scheme, rest, _ := strings.Cut(page, "://")
	if end := strings.IndexAny(rest, "/?#"); end >= 0 {
		rest = rest[:end]
	}
	return (scheme == "http" || scheme == "https") && rest != "" && strings.EqualFold(rest, host)
}

// sameSite keeps other sites' pages from starting what only costs.
func sameSite(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if crossSite(r) {
			writeText(w, http.StatusForbidden, "refused: the request comes from another site's page\n")
			return
		}
		next(w, r)
	}
}

// token is a bearer token (RFC 6750); the zero token is shown by everybody.
type token struct {
	needed bool
	digest [sha256.Size]byte
}

func newToken(text string) token {
	return token{needed: text != "", digest: sha256.Sum256([]byte(text))}
}

// shownBy takes the same time for every wrong token: digests are compared, so
// that lengths do not show either.
func (t token) shownBy(r *http.Request) bool {
	if !t.needed {
		return true
	}
	headers := r.Header["Authorization"]
	if len(headers) != 1 {
		return false
	}
	scheme, text, _ := strings.Cut(headers[0], " ")
	shown := sha256.Sum256([]byte(strings.TrimLeft(text, " ")))
	return strings.EqualFold(scheme, "Bearer") && subtle.ConstantTimeCompare(shown[:], t.digest[:]) == 1
}
