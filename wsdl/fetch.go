package wsdl

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"path"
	"strings"
)

// maxHosts is how many internal hosts one description may name.
const maxHosts = 100

// fetcher reads the documents of one source.
//
// Only URLs with the source's scheme, host and port are asked for: a producer
// must not choose what the gateway calls.
type fetcher struct {
	ctx    context.Context // of one fetch, which is all that a fetcher lives for
	client *http.Client
	source *url.URL
	hosts  map[string]bool // internal, as far as they are known
	hides  *secrets
}

// fetchedDescription is what a source offers.
type fetchedDescription struct {
	description
	revealing bool // a namespace or another identifier looks like an internal address
}

// fetch reads a description and everything it leads to, all or nothing.
func fetch(ctx context.Context, client *http.Client, source Source) (*fetchedDescription, error) {
	u, err := url.Parse(source.URL)
	if err != nil {
		return nil, err
	}
	if (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" {
		return nil, fmt.Errorf("%s is no http address", u.Redacted())
	}
	f := &fetcher{ctx: ctx, source: u, hosts: map[string]bool{strings.ToLower(u.Hostname()): true}}
	f.client = f.within(client)
	root, err := f.open(addressOfURL(u))
	if err != nil {
		return nil, err
	}
	n := root.names
	action, err := parseInteraction(n.interaction)
	switch {
	case !root.isWSDL:
		return nil, errNoWSDL
	case err != nil:
		return nil, err
	case !n.describes(source.Contract):
		return nil, fmt.Errorf("describes another contract: %q", n.contract())
	}
	lib, err := build(f, root)
	if err != nil {
		return nil, err
	}
	return &fetchedDescription{
		description: description{
			contract: source.Contract, interaction: action, path: action.path, origin: u.Redacted(), library: lib,
		},
		revealing: f.internal().remainIn(&lib),
	}, nil
}

// within is a client that follows redirects within the source only.
func (f *fetcher) within(client *http.Client) *http.Client {
	own := *client
	own.CheckRedirect = func(r *http.Request, via []*http.Request) error {
		switch {
		case !f.owns(r.URL):
			return errors.New("redirected away from the source")
		case len(via) >= 5:
			return errors.New("redirected too often")
		}
		return nil
	}
	return &own
}

// owns tells whether u has the source's scheme, host and port.
func (f *fetcher) owns(u *url.URL) bool {
	return strings.EqualFold(u.Scheme, f.source.Scheme) &&
		strings.EqualFold(u.Hostname(), f.source.Hostname()) && portOf(u) == portOf(f.source)
}

func portOf(u *url.URL) string {
	switch port := u.Port(); {
	case port != "":
		return port
	case strings.EqualFold(u.Scheme, "https"):
		return "443"
	}
	return "80"
}

// addressOfURL is a URL as a document's address: without fragment.
func addressOfURL(u *url.URL) string {
	own := *u
	own.Fragment, own.RawFragment = "", ""
	return own.String()
}

func (f *fetcher) open(address string) (*document, error) {
	d, err := f.get(address)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", redacted(address), err)
	}
	hostsOf(d.tree.Root(), f.hosts)
	if len(f.hosts) > maxHosts {
		return nil, fmt.Errorf("names more than %d hosts", maxHosts)
	}
	return d, nil
}

func (f *fetcher) get(address string) (*document, error) {
	request, err := http.NewRequestWithContext(f.ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, err
	}
	request.Header.Set("Accept", "text/xml, application/xml;q=0.9, */*;q=0.5")
	response, err := f.client.Do(request)
	if err != nil {
		if failed, ok := errors.AsType[*url.Error](err); ok {
			err = failed.Err // the address stands before it
		}
		return nil, err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, errors.New(response.Status)
	}
	data, err := io.ReadAll(io.LimitReader(response.Body, maxDocument+1))
	if err != nil {
		return nil, err
	}
	return newDocument(address, response.Request.URL.String(), data, f.resolve)
}

func redacted(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return "the source"
	}
	return u.Redacted()
}

// resolve is the resolver for what is fetched.
func (f *fetcher) resolve(base, location string, required bool) (reference, error) {
	from, err := url.Parse(base)
	if err != nil {
		return reference{}, err
	}
	to, err := from.Parse(location)
	if err != nil {
		return hide(required, err)
	}
	switch {
	case location == "" || strings.HasPrefix(location, "#"):
		return reference{place: outside}, nil
	case f.owns(to):
		return reference{place: within, address: addressOfURL(to)}, nil
	case isPublic(to.Hostname()):
		return reference{place: outside}, nil
	}
	return hide(required, fmt.Errorf("%s does not lie at the source's host", to.Redacted()))
}

// hide takes a reference out, or fails where it is required.
func hide(required bool, reason error) (reference, error) {
	if required {
		return reference{}, reason
	}
	return reference{place: hidden}, nil
}

// relative is the way between paths, and the query of the document it leads to.
func (f *fetcher) relative(from, to string) string {
	start, err := url.Parse(from)
	if err != nil {
		return to
	}
	end, err := url.Parse(to)
	if err != nil {
		return to
	}
	way := relativePath(path.Join("/", start.Path), path.Join("/", end.Path))
	if end.RawQuery != "" {
		way += "?" + end.RawQuery
	}
	return way
}

// shows is false for names that tell a host.
func (f *fetcher) shows(name string) bool {
	u, err := url.Parse(strings.TrimSpace(name))
	return err == nil && u.Host == "" && u.Scheme == "" && !f.internal().in(name)
}

func (f *fetcher) internal() *secrets {
	if f.hides == nil {
		f.hides = newSecrets(f.hosts)
	}
	return f.hides
}
