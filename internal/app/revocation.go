package app

import (
	"context"
	"crypto/x509"
	"fmt"
	"sync"
	"time"

	"rivgate/config"
	"rivgate/edge"
	"rivgate/record"
)

// listWarning is how long before its end a revocation list is worth a warning.
// deploy/prometheus/alerts.yaml has the same.
const listWarning = 6 * time.Hour

// loadRevocation reads a listener's revocation lists; nil where the mode is off.
func loadRevocation(f *findings, key string, settings config.Revocation, authorities []*x509.Certificate) *edge.Revocation {
	if settings.Mode == config.RevocationOff {
		return nil
	}
	revocation := &edge.Revocation{
		Strict:  settings.Mode == config.RevocationStrict,
		Timeout: settings.OCSPTimeout,
	}
	for i, file := range settings.CRL {
		key := fmt.Sprintf("%s.crl[%d]", key, i)
		lists, err := edge.LoadRevocationLists(string(file), authorities)
		if err != nil {
			f.fail(key, err)
		}
		for _, list := range lists {
			if !list.Verified() && len(authorities) > 0 {
				f.warn(key, "its authority "+list.Issuer()+" is not in client_ca: the list counts where a caller's chain shows that authority")
			}
			if text := listAge(list.NextUpdate(), time.Now()).warning(list.Issuer(), list.NextUpdate()); text != "" {
				f.warn(key, text)
			}
		}
		revocation.Lists = append(revocation.Lists, lists...)
	}
	return revocation
}

// age is how a revocation list stands to its end.
type age int

const (
	inForce age = iota
	endsSoon
	outOfDate
)

func listAge(nextUpdate, now time.Time) age {
	switch left := nextUpdate.Sub(now); {
	case left <= 0:
		return outOfDate
	case left < listWarning:
		return endsSoon
	}
	return inForce
}

func (a age) warning(issuer string, nextUpdate time.Time) string {
	end := nextUpdate.UTC().Format(time.DateTime) + " UTC"
	switch a {
	case endsSoon:
		return "the revocation list of " + issuer + " must be replaced before " + end
	case outOfDate:
		return "the revocation list of " + issuer + " is out of date since " + end
	}
	return ""
}

// listWatch tells once of each list in use that it nears its end, and once that
// it is out of date.
type listWatch map[record.RevocationList]age

// look gives the warnings of now. What is wrong with lists that are new was told
// when they were read.
func (w listWatch) look(lists []record.RevocationList, now time.Time) (warnings []string) {
	seen := make(map[record.RevocationList]bool, len(lists))
	for _, list := range lists {
		seen[list] = true
		age := listAge(list.NextUpdate, now)
		if before, known := w[list]; known && age > before {
			warnings = append(warnings, list.File+": "+age.warning(list.Issuer, list.NextUpdate))
		}
		w[list] = age
	}
	for list := range w {
		if !seen[list] {
			delete(w, list)
		}
	}
	return warnings
}

// watchLists looks at the ends of the revocation lists once a minute.
func (a *App) watchLists(ctx context.Context) {
	tick := time.NewTicker(time.Minute)
	defer tick.Stop()
	watch := make(listWatch)
	for now := time.Now(); ; {
		a.changing.Lock()
		lists := a.loaded.revocationLists
		a.changing.Unlock()
		for _, warning := range watch.look(lists, now) {
			a.logger.Warn("revocation list", "finding", warning)
		}
		select {
		case <-ctx.Done():
			return
		case now = <-tick.C:
		}
	}
}

// tlsOptions are the settings loaded for a listener, with what outlives them:
// the memory of OCSP answers, the count and the log. nil for a plain listener.
func (a *App) tlsOptions(l *loaded, cfg *config.Config, i int) *edge.TLSOptions {
	options := l.listeners[i]
	if options == nil || options.Revocation == nil {
		return options
	}
	name := cfg.Listeners[i].Name
	revocation := *options.Revocation
	if cfg.Listeners[i].TLS.Revocation.OCSP {
		revocation.Responders = a.responders
	}
	revocation.OnCheck = func(check edge.RevocationCheck) { a.revocationChecked(name, check) }
	complete := *options
	complete.Revocation = &revocation
	return &complete
}

// revocationChecked counts a check, and logs one that told nothing. What was
// revoked is logged with the handshake or the call that is refused.
func (a *App) revocationChecked(listener string, check edge.RevocationCheck) {
	a.meter.RevocationChecked(string(check.Source), string(check.Result))
	unclear := check.Result == edge.RevocationUnknown || check.Result == edge.RevocationFailed
	if unclear && a.unclear.tell(listener+" "+string(check.Source)+" "+check.Certificate.Issuer.String(), time.Now()) {
		a.logger.Warn("revocation", "listener", listener, "source", string(check.Source), "result", string(check.Result),
			"reason", check.Reason, "subject", check.Certificate.Subject.String(), "issuer", check.Certificate.Issuer.String(),
			"serial", fmt.Sprintf("%X", check.Certificate.SerialNumber))
	}
}

// seldom lets one line a minute of each kind into the log: while a responder is
// away there is one in every handshake.
type seldom struct {
	mu   sync.Mutex
	told map[string]time.Time
}

func (s *seldom) tell(kind string, now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if last, known := s.told[kind]; known && now.Sub(last) < time.Minute {
		return false
	}
	for kind, last := range s.told { // kinds are few at a time, and do not pile up
		if now.Sub(last) >= time.Minute {
			delete(s.told, kind)
		}
	}
	if s.told == nil {
		s.told = make(map[string]time.Time)
	}
	s.told[kind] = now
	return true
}
