package app

import (
	"net/http"
	"time"

	"rivgate/config"
	"rivgate/hsa"
	"rivgate/routing"
	"rivgate/tak"
)

// loadClient makes the client that asks TAK, nil where a file is the only source.
func loadClient(f *findings, version string) *tak.Client {
	settings := f.cfg.TAK
	if settings.File != "" {
		return nil
	}
	client, err := tak.NewClient(tak.ClientOptions{
		Address:    settings.Address,
		FollowWSDL: settings.FollowWSDL,
		HTTP: &http.Client{Transport: &http.Transport{
			TLSClientConfig:   clientProfile(f, "tak.tls", settings.TLS).Config(),
			IdleConnTimeout:   time.Minute,
			ForceAttemptHTTP2: false,
		}},
		UserAgent: "rivgate/" + version,
		Timeout:   settings.Timeout,
	})
	if err != nil {
		f.fail("tak.address", err)
	}
	return client
}

// routingView joins a catalogue, a tree and the rules of cfg.
func routingView(cfg *config.Config, catalogue *tak.Catalogue, tree *hsa.Tree) *routing.View {
	return routing.NewView(catalogue, tree, routing.Rules{
		HSARoutes:      routing.Lookup(cfg.HSA.Routes),
		HSAPermissions: routing.Lookup(cfg.HSA.Permissions),
		Delimiter:      cfg.VGVE.Delimiter,
		Contracts:      cfg.VGVE.Contracts,
		Senders:        cfg.VGVE.Senders,
		CacheSize:      cfg.Routing.Cache,
		CheckAddress:   addressCheck(cfg.Producers),
	})
}
