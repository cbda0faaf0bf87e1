package app

import (
	"strings"

	"rivgate/config"
	"rivgate/proxy"
	"rivgate/proxy/upstream"
)

// producersClient makes the client that calls producers.
func producersClient(p config.Producers) *upstream.Client {
	return upstream.New(upstream.Options{
		ConnectTimeout: p.ConnectTimeout,
		Retries:        p.Retry.Attempts,
		RetryDelay:     p.Retry.Delay,
		MaxIdlePerHost: p.MaxIdlePerHost,
		Allow:          networkCheck(p),
	})
}

// baseView is the view without a catalogue: every call on it is VP008.
func baseView(cfg *config.Config, l *loaded, version string) *proxy.View {
	userAgent := cfg.Producers.UserAgent
	if userAgent == "" {
		userAgent = "rivgate/" + version
	}
	short := make(map[string]bool, len(cfg.Producers.AcceptShortAnswers))
	for _, host := range cfg.Producers.AcceptShortAnswers {
		short[strings.ToLower(host)] = true
	}
	limits := cfg.Limits
	return &proxy.View{
		InstanceID:      cfg.Instance.ID,
		InstanceName:    cfg.Instance.Name,
		Ingresses:       ingresses(cfg.Listeners),
		Trust:           l.trust,
		Routing:         routingView(cfg, nil, l.tree),
		Virtualisations: l.virtualisations,
		TLS:             l.choices,
		Headers: proxy.NewHeaderRules(proxy.HeaderOptions{
			RemoveRequest:     cfg.Headers.RemoveRequest,
			RemoveAnswer:      cfg.Headers.RemoveResponse,
			CertificateHeader: cfg.Trust.CertificateHeader,
			ClientIPHeader:    cfg.Trust.ClientIPHeader,
			UnderscoreNames:   cfg.Headers.UnderscoreNames,
		}),
		Producers: producersClient(cfg.Producers),
		Limits: proxy.Limits{
			MaxBody:      int64(limits.MaxBody),
			EnvelopeHead: int(limits.EnvelopeHead),
			AnswerHead:   int(limits.AnswerHead),
			Depth:        limits.Depth,
			Attributes:   limits.Attributes,
			InFlight:     limits.InFlight,
			PerSender:    limits.PerSender,
		},
		SafeFaults:        cfg.Faults.Detail == "safe",
		UserAgent:         userAgent,
		PropagateHTTP:     cfg.Producers.PropagateCorrelationID.HTTP,
		PropagateHTTPS:    cfg.Producers.PropagateCorrelationID.HTTPS,
		AcceptShortAnswer: short,
	}
}

func ingresses(listeners []config.Listener) map[string]*proxy.Ingress {
	all := make(map[string]*proxy.Ingress, len(listeners))
	for _, listener := range listeners {
		all[listener.Name] = &proxy.Ingress{
			Name:  listener.Name,
			Path:  strings.TrimSuffix(listener.Path, "/"),
			Body:  listener.Timeouts.Body,
			Write: listener.Timeouts.Write,
		}
	}
	return all
}
