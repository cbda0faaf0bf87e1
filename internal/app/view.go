package app

import (
	"math"
	"strings"

	"rivgate/config"
	"rivgate/hsa"
	"rivgate/internal/pace"
	"rivgate/proxy"
	"rivgate/proxy/upstream"
	"rivgate/record"
	"rivgate/routing"
	"rivgate/tak"
)

// producersClient makes the client that calls producers.
func producersClient(p config.Producers, limits config.Limits) *upstream.Client {
	return upstream.New(upstream.Options{
		ConnectTimeout: p.ConnectTimeout,
		Retries:        p.Retry.Attempts,
		RetryDelay:     p.Retry.Delay,
		MaxIdlePerHost: orElse(p.MaxIdlePerHost, -1), // 0 means none here, and the default there
		HeadLimit:      int(limits.HeaderBytes),
		Headers:        orElse(limits.Headers, math.MaxInt),
		Allow:          networkCheck(p),
	})
}

// orElse is n, or instead where n is 0.
func orElse(n, instead int) int {
	if n == 0 {
		return instead
	}
	return n
}

// view is what calls are to go by. A nil tracer follows none.
func (a *App) view(cfg *config.Config, l *loaded, tree *hsa.Tree, catalogue *tak.Catalogue, tracer *record.OTLP) *proxy.View {
	view := newView(cfg, l, tree, catalogue, a.o.Version)
	view.Producers = l.producers
	if tracer != nil { // not a nil tracer in an interface
		view.Tracer = tracer
	}
	return view
}

// newView is what calls go by under cfg, and is without a client for producers.
// Without a catalogue every call is VP008.
func newView(cfg *config.Config, l *loaded, tree *hsa.Tree, catalogue *tak.Catalogue, version string) *proxy.View {
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
		Routing:         routingView(cfg, catalogue, tree, l.pace),
		Virtualisations: l.virtualisations,
		TLS:             l.choices,
		Headers: proxy.NewHeaderRules(proxy.HeaderOptions{
			RemoveRequest:     cfg.Headers.RemoveRequest,
			RemoveAnswer:      cfg.Headers.RemoveResponse,
			CertificateHeader: cfg.Trust.CertificateHeader,
			ClientIPHeader:    cfg.Trust.ClientIPHeader,
			ForwardedHeaders:  []string{cfg.Headers.Forwarded.Host, cfg.Headers.Forwarded.Port, cfg.Headers.Forwarded.Proto},
			UnderscoreNames:   cfg.Headers.UnderscoreNames,
		}),
		Limits: proxy.Limits{
			MaxBody:      int64(limits.MaxBody),
			EnvelopeHead: int(limits.EnvelopeHead),
			AnswerHead:   int(limits.AnswerHead),
			Depth:        limits.Depth,
			Attributes:   limits.Attributes,
			InFlight:     limits.InFlight,
			PerSender:    limits.PerSender,
		},
		Events:            cfg.Log.Events == "vp",
		Payload:           payload(cfg.Log),
		SafeFaults:        cfg.Faults.Detail == config.DetailSafe,
		UserAgent:         userAgent,
		PropagateHTTP:     cfg.Producers.PropagateCorrelationID.HTTP,
		PropagateHTTPS:    cfg.Producers.PropagateCorrelationID.HTTPS,
		AcceptShortAnswer: short,
	}
}

// routingView joins a catalogue, a tree and the rules of cfg, at a pace.
func routingView(cfg *config.Config, catalogue *tak.Catalogue, tree *hsa.Tree, p *pace.Pace) *routing.View {
	check := addressCheck(cfg.Producers)
	return routing.NewView(catalogue, tree, routing.Rules{
		HSARoutes:      routing.Lookup(cfg.HSA.Routes),
		HSAPermissions: routing.Lookup(cfg.HSA.Permissions),
		Delimiter:      cfg.VGVE.Delimiter,
		Contracts:      cfg.VGVE.Contracts,
		Senders:        cfg.VGVE.Senders,
		CacheSize:      cfg.Routing.Cache,
		CheckAddress: func(address string) error {
			p.Step()
			return check(address)
		},
	})
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
