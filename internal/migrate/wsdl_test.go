package migrate_test

import (
	"os"
	"testing"

	"rivgate/internal/migrate"
)

// Relative paths in VP's list start at another folder when the list is not in
// VP's working folder.
func TestRelativePathsInWSDLList(t *testing.T) {
	w := newWorld(t)
	if err := os.Mkdir(w.path("config"), 0o755); err != nil {
		t.Fatal(err)
	}
	const list = "\ufeff" + `[{"tjanstekontrakt": "urn:riv:a", "wsdlfilepath": "a.wsdl", "wsdlurl": "vp/a"}]`
	w.write("wsdlconfig.json", list)
	w.write("config/wsdlconfig.json", list)
	w.wantItem(w.properties("wsdl.json.file=config/wsdlconfig.json\n"), "wsdl.json.file", migrate.Changed, "start at its own folder")
	w.wantItem(w.properties("wsdl.json.file=wsdlconfig.json\n"), "wsdl.json.file", migrate.Kept, "")
	w.write("wsdlconfig.json", `{"no": "array"}`)
	w.wantItem(w.properties("wsdl.json.file=wsdlconfig.json\n"), "wsdl.json.file", migrate.Unread, "an array")
}
