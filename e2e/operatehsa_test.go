package e2e

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"rivgate/internal/lab"
)

// What /resethsacache says, as recorded of VP.
const (
	hsaBegin   = "Start a reset of HSA cache using files: [%s]\n"
	hsaDone    = hsaBegin + "Successfully reset HSA cache. \nHSA cache size was: %d \nHSA cache now is: %d."
	hsaFew     = hsaBegin + "Warning: HSA cache reset to %d. Was %d entries!"
	hsaDamaged = hsaBegin + "Reset HSA cache failed.se.skl.tp.hsa.cache.HsaCacheInitializationException: Failed to initialize HSA cache!"
)

// The HSA job's calls: a good file, a damaged one, none, one with a single
// unit, an empty one, and a good one again. Unlike VP the gateway stays ready.
func TestResetHSACacheTellsWhatVPTells(t *testing.T) {
	o := newOperated(t, oneAdmin, "reload: {watch: false}\n")
	file := filepath.Join(o.gate.dir, "hsa.xml")
	write := func(units ...lab.Unit) func() error { return func() error { return lab.WriteHSAFile(file, units...) } }
	for _, step := range []struct {
		name    string
		prepare func() error
		want    string
		info    string
	}{
		{"good", write(tree...), fmt.Sprintf(hsaDone, file, 4, 4), "Status:true oldNum:4 newNum:4"},
		{"damaged", func() error { return os.WriteFile(file, []byte("<hsaUnits><hsaUnit>"), 0o600) }, fmt.Sprintf(hsaDamaged, file), "Status:false oldNum:4 newNum:4"},
		{"missing", func() error { return os.Remove(file) }, fmt.Sprintf(hsaDamaged, file), "Status:false oldNum:4 newNum:4"},
		{"one unit", write(tree[3]), fmt.Sprintf(hsaFew, file, 1, 4), "Status:true oldNum:4 newNum:1"},
		{"no unit", write(), fmt.Sprintf(hsaFew, file, 0, 1), "Status:true oldNum:1 newNum:0"},
		{"good again", write(tree...), fmt.Sprintf(hsaDone, file, 0, 4), "Status:true oldNum:0 newNum:4"},
	} {
		t.Run(step.name, func(t *testing.T) {
			must(t, step.prepare())
			answer := o.get(t, "/resethsacache")
			answer.want(t, 200, step.want)
			if _, typed := answer.header["Content-Type"]; typed {
				t.Errorf("Content-Type %q, VP sends none", answer.header["Content-Type"])
			}
			if status := o.get(t, "/status").body; !strings.Contains(status, step.info) || !strings.Contains(status, `"HsaCacheInitialized": "true"`) {
				t.Errorf("no %s in %s", step.info, status)
			}
			o.get(t, "/readyz").want(t, 200, "ready\n")
			var told struct{ Results []struct{ Error string } }
			must(t, json.Unmarshal([]byte(o.get(t, "/api/hsa").body), &told))
			failed := strings.Contains(step.want, "failed")
			if got := told.Results[0].Error; failed != strings.HasPrefix(got, file+":") {
				t.Errorf("/api/hsa says %q", got)
			}
		})
	}
}
