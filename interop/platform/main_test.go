// Package platform holds a platform of three gateways against its calls: each has
// a catalogue and an authority of its own, and they are restarted, killed and
// reloaded while calls run. It has tests only.
package platform

import (
	"os"
	"testing"

	"rivgate/internal/lab/labtest"
)

func TestMain(m *testing.M) { os.Exit(labtest.Run(m)) }

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
