package edge

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
	"golang.org/x/crypto/ocsp"
)

const (
	answersKept   = 10_000           // certificates whose answers are remembered
	answerTrusted = time.Hour        // at most, before a responder is asked again
	answerUndated = time.Minute      // for an answer that does not say when to ask again
	answerFailed  = 30 * time.Second // before a responder that did not help is asked again
	answerSize    = 64 << 10         // bytes; ordinary answers have 500 to 5000
	respondersOf  = 3                // addresses tried of those a certificate names
)

// Responders asks the OCSP responders that certificates name (RFC 6960) and
// remembers what they said. It may be shared by listeners and outlive their
// settings: an answer is believed by its signature alone. It is safe for
// concurrent use.
type Responders struct {
	client *http.Client
	failed time.Duration // answerFailed, but for tests

	mu      sync.Mutex // held to change answers
	answers *lru.Cache[string, *ocspAnswer]
}

// ocspAnswer is what is known of a certificate. It is complete when done is closed.
type ocspAnswer struct {
	done chan struct{}
	finding
	valid time.Time // how long the responder stands by it
}

// NewResponders makes one that has asked nobody.
func NewResponders() *Responders {
	answers, err := lru.New[string, *ocspAnswer](answersKept)
	if err != nil {
		panic(err) // for a size below 1
	}
	return &Responders{
		client: &http.Client{
			// No proxy of the environment, and no redirects: what is asked is what the authority wrote.
			Transport:     &http.Transport{MaxConnsPerHost: 16, MaxIdleConnsPerHost: 2, IdleConnTimeout: time.Minute},
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
		failed:  answerFailed,
		answers: answers,
	}
}

// Close closes idle connections.
func (r *Responders) Close() { r.client.CloseIdleConnections() }

// ask finds out about a certificate: from memory, from the answer that the peer
// has stapled, or from the responder, whom several who ask at a time ask once.
// It waits for timeout at most, or until ctx ends.
func (r *Responders) ask(ctx context.Context, timeout time.Duration, certificate, issuer *x509.Certificate, staple []byte) finding {
	key := answerKey(certificate, issuer)
	answer, _ := r.answers.Get(key)
	var stapled *ocspAnswer
	if staples(answer, time.Now()) {
		stapled = readStaple(staple, certificate, issuer)
	}
	r.mu.Lock()
	answer, _ = r.answers.Get(key)
	switch now := time.Now(); {
	case stapled != nil && staples(answer, now):
		answer = stapled
		r.answers.Add(key, answer)
	case answer == nil || answer.over(now):
		answer = r.begin(key, timeout, certificate, issuer, answer)
	}
	r.mu.Unlock()
	select {
	case <-answer.done:
		return answer.finding
	case <-ctx.Done():
		return finding{result: RevocationFailed, reason: "there was no time left to ask"}
	}
}

// readStaple is what a peer's stapled answer says, nil if it is not to be
// believed. One that does not say when it ends could be shown forever.
func readStaple(staple []byte, certificate, issuer *x509.Certificate) *ocspAnswer {
	if len(staple) == 0 {
		return nil
	}
	response, err := believe(staple, certificate, issuer, time.Now())
	if err != nil || response.NextUpdate.IsZero() || response.Status == ocsp.Unknown {
		return nil
	}
	answer := &ocspAnswer{done: make(chan struct{})}
	answer.learn(response)
	close(answer.done)
	return answer
}

// answerKey names a certificate by its issuer's name and key and its own number.
func answerKey(certificate, issuer *x509.Certificate) string {
	digest := sha256.New()
	digest.Write(issuer.RawSubject)
	digest.Write(issuer.RawSubjectPublicKeyInfo)
	return string(digest.Sum(nil)) + string(certificate.SerialNumber.Bytes())
}

// over tells whether the answer has come and is to be asked for again.
func (a *ocspAnswer) over(now time.Time) bool { return a.come() && !now.Before(a.until) }

// staples tells whether a stapled answer may take the place of a: of one that is
// not there, or over, or neither yes nor no. Revoked cannot be stapled away.
func staples(a *ocspAnswer, now time.Time) bool {
	return a == nil || a.come() && a.result != Revoked && (a.result != NotRevoked || a.over(now))
}

func (a *ocspAnswer) come() bool {
	select {
	case <-a.done:
		return true
	default:
		return false
	}
}

// begin asks for an answer, which will be complete within timeout. r.mu is held.
func (r *Responders) begin(key string, timeout time.Duration, certificate, issuer *x509.Certificate, before *ocspAnswer) *ocspAnswer {
	answer := &ocspAnswer{done: make(chan struct{})}
	r.answers.Add(key, answer)
	go func() {
		defer close(answer.done)
		ctx, cancel := context.WithTimeout(context.Background(), timeout)
		defer cancel()
		response, err := r.find(ctx, certificate, issuer)
		if err == nil {
			answer.learn(response)
			return
		}
		answer.finding = finding{result: RevocationFailed, reason: err.Error(), until: time.Now().Add(r.failed)}
		if errors.Is(err, errNoResponder) {
			answer.result = RevocationUnknown
		}
		answer.fallBack(before)
	}()
	return answer
}

// learn fills in what a responder said.
func (a *ocspAnswer) learn(response *ocsp.Response) {
	now := time.Now()
	a.valid = response.NextUpdate
	a.until = sooner(now.Add(answerTrusted), response.NextUpdate)
	if response.NextUpdate.IsZero() {
		a.until = now.Add(answerUndated)
	}
	switch response.Status {
	case ocsp.Good:
		a.result = NotRevoked
	case ocsp.Revoked:
		a.result = Revoked
		a.reason = fmt.Sprintf("on %s, says its OCSP responder", response.RevokedAt.UTC().Format(time.DateTime))
	default:
		a.result, a.reason = RevocationUnknown, "its OCSP responder does not know it"
		a.until = sooner(a.until, now.Add(answerFailed))
	}
}

// fallBack takes over what the responder said last, where it did not answer
// now: good for as long as it said, and revoked for good.
func (a *ocspAnswer) fallBack(before *ocspAnswer) {
	switch {
	case before == nil:
	case before.result == Revoked:
		a.result, a.reason, a.valid = Revoked, before.reason, before.valid
	case before.result == NotRevoked && time.Now().Before(before.valid):
		a.result, a.reason, a.valid = NotRevoked, "", before.valid
		a.until = sooner(a.until, before.valid)
	}
}

var errNoResponder = errors.New("it names no OCSP responder that can be asked over http")

// find gets a believable answer from the first responder that gives one.
func (r *Responders) find(ctx context.Context, certificate, issuer *x509.Certificate) (*ocsp.Response, error) {
	question, err := ocsp.CreateRequest(certificate, issuer, nil)
	if err != nil {
		return nil, fmt.Errorf("OCSP request: %w", err)
	}
	failed := errNoResponder
	asked := 0
	for _, address := range certificate.OCSPServer {
		parsed, err := url.Parse(address)
		if err != nil || !strings.EqualFold(parsed.Scheme, "http") || parsed.Host == "" {
			continue
		}
		if asked++; asked > respondersOf {
			break
		}
		raw, err := r.fetch(ctx, address, question)
		if err == nil {
			var response *ocsp.Response
			if response, err = believe(raw, certificate, issuer, time.Now()); err == nil {
				return response, nil
			}
		}
		failed = fmt.Errorf("OCSP responder %s: %w", address, err)
	}
	return nil, failed
}

func (r *Responders) fetch(ctx context.Context, address string, question []byte) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(question))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Content-Type", "application/ocsp-request")
	request.Header.Set("Accept", "application/ocsp-response")
	response, err := r.client.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("HTTP %d", response.StatusCode)
	}
	raw, err := io.ReadAll(io.LimitReader(response.Body, answerSize+1))
	if err == nil && len(raw) > answerSize {
		err = fmt.Errorf("more than %d bytes", answerSize)
	}
	return raw, err
}
