package app

import (
	"errors"
	"net/http"
	"time"

	"rivgate/config"
	"rivgate/proxy"
	"rivgate/wsdl"
)

// descriptionOptions are where service descriptions come from under cfg.
func descriptionOptions(cfg *config.Config, choices *proxy.TLSChoices) wsdl.Options {
	options := wsdl.Options{
		Directory: string(cfg.WSDL.Directory),
		File:      string(cfg.WSDL.File),
		Forwarded: wsdl.Forwarded(cfg.Headers.Forwarded),
	}
	for _, source := range cfg.WSDL.Sources {
		options.Sources = append(options.Sources, wsdl.Source(source))
	}
	if len(options.Sources) > 0 && choices.Default.Profile != nil {
		options.Client = &http.Client{Transport: &http.Transport{
			TLSClientConfig: choices.Default.Profile.Config(), // they are producers
			IdleConnTimeout: time.Minute,
		}}
	}
	return options
}

// loadDescriptions reads the descriptions that are files. It connects nothing.
func loadDescriptions(f *findings, choices *proxy.TLSChoices) *wsdl.Store {
	store, warnings, err := wsdl.Load(descriptionOptions(f.cfg, choices))
	if err != nil {
		key := "wsdl.directory"
		var broken *wsdl.FileError
		if errors.As(err, &broken) && broken.File == string(f.cfg.WSDL.File) {
			key = "wsdl.file"
		}
		f.fail(key, err)
	}
	for _, warning := range warnings {
		f.list = append(f.list, Finding{
			Problem: config.Problem{File: warning.File, Line: warning.Line, Key: "wsdl", Text: oneLine(warning.Text)},
			Warning: true,
		})
	}
	return store
}

// reloadDescriptions reads them anew; those from before stay where that fails.
func (a *App) reloadDescriptions(cfg *config.Config, l *loaded) error {
	options := descriptionOptions(cfg, l.choices)
	options.Logger = a.logger
	_, err := a.descriptions.Reload(options) // its warnings were found by load
	return err
}
