package migrate

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"
)

// endpoint is where VP listens: one of its URLs.
type endpoint struct{ host, port, path string }

func (e endpoint) address() string { return net.JoinHostPort(e.host, e.port) }

// endpoint reads the URL that key holds.
func (t *translation) endpoint(key string) (endpoint, error) {
	address, err := url.Parse(t.get(key))
	if err != nil || address.Hostname() == "" || address.Scheme != "http" && address.Scheme != "https" {
		return endpoint{}, errors.New("not an http or https URL: no listener is made for it")
	}
	port := address.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[address.Scheme]
	}
	return endpoint{address.Hostname(), port, strings.TrimRight(address.EscapedPath(), "/")}, nil
}

func (t *translation) listeners(n *node) {
	t.listener(n, "http", "vp.http.route.url", func(*node) error { return nil })
	t.listener(n, "https", "vp.https.route.url", t.incomingTLS)
}

// listener adds a listener, or a comment in its place.
func (t *translation) listener(n *node, name, key string, complete func(*node) error) {
	e, err := t.endpoint(key)
	if err != nil {
		t.tell(Unread, key, "listeners[].address", err.Error())
		return
	}
	if e.path == "" {
		e.path = "/"
	}
	item := &node{key: itemKey, parent: n}
	item.set("name", name)
	item.set("address", text(e.address()))
	item.set("path", text(e.path))
	if t.isTaken(e.address()) {
		t.tell(Unread, key, "listeners[].address", e.address()+" is taken by the other listener")
		return
	}
	if err := complete(item); err != nil {
		n.item(fmt.Sprintf("The %s listener on %s, path %s, is left out: %v", name, e.address(), e.path, err))
		t.changed(key, "listeners[]", "left out: "+err.Error())
		return
	}
	t.take(e.address())
	n.add(item)
	t.kept(key, "listeners[].address")
}

// admin puts the operators' listener where VP's status is, and the listeners of
// a single purpose where its resets and its management server are.
func (t *translation) admin(n *node) {
	t.status(n)
	also := &alsoListeners{}
	for _, reset := range []struct{ key, serve string }{
		{"vp.reset.cache.url", "resetcache"}, {"vp.hsa.reset.cache.url", "resethsacache"},
	} {
		e, err := t.endpoint(reset.key)
		if err != nil {
			t.tell(Unread, reset.key, "admin.also", err.Error())
			continue
		}
		t.serve(also, reset.key, e, []string{reset.serve})
	}
	t.management(also)
	list := n.section("also")
	for _, listener := range also.list {
		item := list.item()
		item.set("address", text(listener.address))
		item.list("serve", listener.serve)
	}
}

// firstAdminPort is where a free port is looked for when VP's status shares the
// port of its calls.
const firstAdminPort = 8081

func (t *translation) status(n *node) {
	const key, target = "vp.status.url", "admin.address"
	e, err := t.endpoint(key)
	if err != nil {
		t.tell(Unread, key, target, err.Error())
		return
	}
	var notes []string
	if t.isTaken(e.address()) {
		shared := e.address()
		for port := firstAdminPort; t.isTaken(e.address()); port++ {
			e.port = strconv.Itoa(port)
		}
		notes = append(notes, t.changed(key, target,
			fmt.Sprintf("%s serves calls and cannot serve the status too; asked at %s now", shared, e.address())))
	}
	if e.path != "/status" {
		notes = append(notes, t.changed(key, target, "the path is /status"))
	}
	if !isLoopback(e.host) {
		notes = append(notes, t.unsafe(key, target,
			"whoever reaches it may also reload and reset: set admin.token_file, or an address others do not reach"))
	}
	n.set("address", text(e.address()), notes...)
	t.take(e.address())
	t.kept(key, target)
}

// management carries over the port of Spring's management server, which probes
// and Prometheus ask.
func (t *translation) management(also *alsoListeners) {
	key := "server.port"
	if t.in.isGiven("management.server.port") {
		key = "management.server.port"
		t.dropped("server.port", "management.server.port holds instead")
	}
	exposed := t.list("management.endpoints.web.exposure.include")
	t.kept("management.endpoints.web.exposure.include", "admin.also[].serve")
	serve := []string{"health"}
	for _, name := range exposed {
		if name == "prometheus" || name == "metrics" || name == "*" {
			serve = []string{"health", "metrics"}
		}
	}
	port, err := strconv.ParseUint(t.get(key), 10, 16)
	if err != nil || port == 0 {
		t.changed(key, "admin.also", "no fixed port: health and metrics are on admin.address")
		return
	}
	t.serve(also, key, endpoint{port: t.get(key)}, serve)
}

// serve adds what VP serves at e, which several of VP's endpoints may share.
func (t *translation) serve(also *alsoListeners, key string, e endpoint, what []string) {
	const target = "admin.also[].address"
	if e.path != "" && e.path != "/"+what[0] {
		t.changed(key, target, "the path is /"+what[0])
	}
	if also.join(e.address(), what) {
		t.kept(key, target)
		return
	}
	if t.isTaken(e.address()) {
		t.changed(key, target, e.address()+" is taken by another listener: asked at admin.address")
		return
	}
	t.take(e.address())
	also.list = append(also.list, alsoListener{e.address(), what})
	t.kept(key, target)
}

type alsoListener struct {
	address string
	serve   []string
}

type alsoListeners struct{ list []alsoListener }

// join adds to a listener on the same address, if there is one.
func (a *alsoListeners) join(address string, what []string) bool {
	for i := range a.list {
		if a.list[i].address == address {
			a.list[i].serve = append(a.list[i].serve, what...)
			return true
		}
	}
	return false
}

func (t *translation) take(address string) { t.taken = append(t.taken, address) }

// isTaken tells whether an address cannot be listened on beside those taken.
func (t *translation) isTaken(address string) bool {
	host, port, _ := net.SplitHostPort(address)
	for _, other := range t.taken {
		otherHost, otherPort, _ := net.SplitHostPort(other)
		if port == otherPort && (host == otherHost || isEvery(host) || isEvery(otherHost) || isLoopback(host) && isLoopback(otherHost)) {
			return true
		}
	}
	return false
}

func isEvery(host string) bool { return host == "" || host == "0.0.0.0" || host == "::" }

func isLoopback(host string) bool {
	return host == "localhost" || net.ParseIP(host).IsLoopback()
}
