package recorded

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"strings"

	"rivgate/internal/lab"
)

// Gateway is where the gateway under test listens, host:port each.
type Gateway struct{ HTTP, HTTPS string }

// Play makes one call through gateway and returns what came of it, normalised
// like a recorded one. What the producers saw before is forgotten. An error
// means that the call could not be made; that the gateway did not answer is a
// result.
func (w *World) Play(ctx context.Context, gateway Gateway, call Recorded) (Recorded, error) {
	w.Plain.Take()
	w.Secure.Take()
	caller := lab.Caller{Address: gateway.HTTP}
	if call.Case.TLS {
		config, err := w.clientTLS(call.Case.Cert)
		if err != nil {
			return Recorded{}, err
		}
		caller = lab.Caller{Address: gateway.HTTPS, TLS: config}
	}
	request := call.Case.request(w.fillIn(gateway))
	answer, err := caller.Send(ctx, request.Bytes())
	if err != nil && !errors.Is(err, lab.ErrNoAnswer) {
		return Recorded{}, fmt.Errorf("%s: %w", call.Case.Name, err)
	}
	return w.result(gateway, call, answer), nil
}

func (w *World) clientTLS(name string) (*tls.Config, error) {
	id, known := w.Identities[name]
	if name != "" && !known {
		return nil, fmt.Errorf("no certificate is called %q", name)
	}
	return lab.ClientTLS(id, w.CA), nil
}

// result normalises an answer, nil if there was none.
func (w *World) result(gateway Gateway, call Recorded, answer *lab.Answer) Recorded {
	places := w.takeOut(gateway)
	got := Recorded{Configuration: call.Configuration, Case: call.Case, Err: NoAnswer}
	if answer != nil {
		got.Err, got.Status = "", answer.Status
		if answer.Cut != nil {
			got.Err = "cut: " + answer.Cut.Error()
		}
		got.AnswerHeader = normalHeader(answer.Header, places)
		got.AnswerBody = normalText(Text(answer.Body), places)
	}
	for _, seen := range append(w.Plain.Take(), w.Secure.Take()...) {
		got.ProducerSaw = append(got.ProducerSaw, Seen{
			Method: seen.Method,
			URI:    seen.URI,
			Header: normalHeader(seen.Header, places),
			Body:   normalText(seenText(seen), places),
		})
	}
	return got
}

// fillIn puts addresses for placeholders, takeOut the other way round.
func (w *World) fillIn(gateway Gateway) *strings.Replacer {
	return strings.NewReplacer("{plain}", w.Plain.Address(), "{secure}", w.Secure.Address(),
		"{http}", gateway.HTTP, "{https}", gateway.HTTPS)
}

func (w *World) takeOut(gateway Gateway) *strings.Replacer {
	var pairs []string
	for placeholder, address := range map[string]string{
		"{plain}": w.Plain.Address(), "{secure}": w.Secure.Address(),
		"{http}": gateway.HTTP, "{https}": gateway.HTTPS,
	} {
		if _, port, err := net.SplitHostPort(address); err == nil {
			pairs = append(pairs, "127.0.0.1:"+port, placeholder, "localhost:"+port, placeholder)
		}
	}
	return strings.NewReplacer(pairs...)
}
