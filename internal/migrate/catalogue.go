package migrate

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
)

// catalogue translates where TAK is. VP fetches TAK's WSDL and posts to the
// address that it names.
func (t *translation) catalogue(n *node) {
	const key, target = "takcache.endpoint.address", "tak.address"
	address, err := url.Parse(t.get(key))
	if err != nil { // whose text would repeat the address, password and all
		t.tell(Unread, key, target, "not a URL")
	} else {
		var notes []string
		if address.User != nil {
			address.User = nil
			notes = append(notes, t.unsafe(key, target, "the user name and password in it are left out: TAK is asked without"))
		}
		if !t.in.isGiven(key) {
			notes = append(notes, t.changed(key, target, "VP's own default, an address for development"))
		}
		n.set("address", text(address.String()), notes...)
		t.kept(key, target)
		n.set("follow_wsdl", "true", "As VP does: the WSDL is fetched first, and the address that it names is asked. "+
			"false asks the address itself.")
		t.report.add(Item{
			Outcome: Changed, Key: key, Origin: t.in.origin(key), Target: "tak.follow_wsdl",
			Reason: "true: as in VP the address is asked for its WSDL, and the address in that is posted to; false saves a request and a dependence",
		})
	}
	t.localCopy(n)
}

// localCopy carries over the file of the last catalogue, which is both read and
// written and need not exist.
func (t *translation) localCopy(n *node) {
	const key, target = "takcache.persistent.file.name", "tak.local_copy"
	value := t.get(key)
	switch {
	case value == "":
		t.changed(key, target, "VP's default is a path of Windows; data/tak-cache.xml here")
	case strings.HasPrefix(value, classpath):
		t.changed(key, target, "inside VP's jar; data/tak-cache.xml here")
	case windowsPath.MatchString(value):
		n.set("local_copy", text(plainPath(value)), t.changed(key, target, "a path of Windows: correct it for this machine"))
	default:
		n.set("local_copy", text(t.path(value)))
		t.kept(key, target)
	}
}

func (t *translation) hsa(n *node) {
	t.hsaFiles(n)
	routes, permissions := n.section("routes"), n.section("permissions")
	t.carry(routes, "enabled", "hsa.lookup.vagval.defaultEnabled", asBool)
	t.carryList(routes, "except", "hsa.lookup.vagval.exceptedNamespaces")
	t.carry(permissions, "enabled", "hsa.lookup.behorighet.defaultEnabled", asBool)
	t.carryList(permissions, "except", "hsa.lookup.behorighet.exceptedNamespaces")
}

// hsaFiles keeps the order: in both, a later file wins where a DN is in several.
func (t *translation) hsaFiles(n *node) {
	const key, target = "hsa.files", "hsa.files"
	if !t.in.isGiven(key) {
		t.changed(key, target, "VP's default is paths of Windows; no HSA tree is read until hsa.files names files")
		return
	}
	var files, notes []string
	for _, file := range t.list(key) {
		switch {
		case strings.HasPrefix(file, classpath):
			notes = append(notes, t.changed(key, target, file+" is inside VP's jar, which cannot be read: left out"))
			continue
		case windowsPath.MatchString(file):
			notes = append(notes, t.changed(key, target, file+" is a path of Windows: correct it for this machine"))
		case !t.present(file):
			notes = append(notes, t.changed(key, target, file+" was not there when this was imported; rivgate does not start without it"))
		}
		files = append(files, t.path(file))
	}
	n.list("files", files, notes...)
	t.kept(key, target)
}

func (t *translation) vgve(n *node) {
	t.carry(n, "delimiter", "defaultrouting.delimiter", asText)
	t.carryList(n, "contracts", "defaultrouting.allowedContracts")
	t.carryList(n, "senders", "defaultrouting.allowedSenderIds")
}

func (t *translation) wsdl(n *node) {
	t.carryFile(n, "directory", "wsdlfiles.directory")
	if file, ok := t.carryFile(n, "file", "wsdl.json.file"); ok {
		t.descriptions(file)
	}
}

// descriptions looks through wsdlconfig.json for what cannot be served.
func (t *translation) descriptions(file string) {
	const key, target = "wsdl.json.file", "wsdl.file"
	data, err := os.ReadFile(t.local(file))
	if err != nil {
		return // told already
	}
	var rows []struct {
		Contract string `json:"tjanstekontrakt"`
		Path     string `json:"wsdlfilepath"`
	}
	if err := json.Unmarshal(bytes.TrimPrefix(data, []byte("\ufeff")), &rows); err != nil {
		t.tell(Unread, key, target, "not what VP reads, an array of tjanstekontrakt, wsdlfilepath and wsdlurl: "+err.Error())
		return
	}
	for _, row := range rows {
		switch {
		case strings.HasPrefix(row.Path, classpath):
			t.changed(key, target, fmt.Sprintf("the description of %s is inside VP's jar, which cannot be read: take it out and correct its path", row.Contract))
		case !filepath.IsAbs(row.Path) && filepath.Dir(t.local(file)) != t.dir:
			t.changed(key, target, "relative paths in it start at its own folder; VP's start at its working folder")
		}
	}
}
