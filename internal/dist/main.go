// Command dist packs a release: for each binary given an archive with
// everything an installation needs and a bill of materials, and one file with
// checksums. What it writes depends on its input alone.
package main

import (
	"debug/buildinfo"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

func main() {
	var r release
	flag.StringVar(&r.version, "version", "", "the release's version")
	flag.StringVar(&r.host, "host", "", "a binary that runs here, for man pages and completion")
	flag.StringVar(&r.source, "source", ".", "the repository")
	flag.StringVar(&r.out, "out", "dist", "folder to write to")
	flag.Parse()
	if err := r.write(flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

type release struct {
	version, host, source, out string
}

// write packs binaries and sums up what was written.
func (r release) write(binaries []string) error {
	if err := os.MkdirAll(r.out, 0o755); err != nil {
		return err
	}
	shared, err := r.sharedFiles()
	if err != nil {
		return err
	}
	for _, path := range binaries {
		if err := r.pack(path, shared); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
	}
	return writeChecksums(r.out)
}

// pack writes the archive and the bill of materials of one binary.
func (r release) pack(path string, shared []file) error {
	info, err := buildinfo.ReadFile(path)
	if err != nil {
		return err
	}
	binary, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	bill, err := billOfMaterials(info, r.version, binary)
	if err != nil {
		return err
	}
	name := fmt.Sprintf("rivgate-%s-%s-%s", r.version, setting(info, "GOOS"), setting(info, "GOARCH"))
	if err := os.WriteFile(filepath.Join(r.out, name+".cdx.json"), bill, 0o644); err != nil {
		return err
	}
	files := append([]file{{"rivgate", 0o755, binary}, {"rivgate.cdx.json", 0o644, bill}}, shared...)
	return writeArchive(filepath.Join(r.out, name+".tar.gz"), name, committed(info), files)
}

// setting is what the Go tool noted of a build, empty if nothing.
func setting(info *buildinfo.BuildInfo, key string) string {
	for _, s := range info.Settings {
		if s.Key == key {
			return s.Value
		}
	}
	return ""
}

// committed is the time of the commit a binary was built from, and the
// beginning of time where that is unknown.
func committed(info *buildinfo.BuildInfo) time.Time {
	at, err := time.Parse(time.RFC3339, setting(info, "vcs.time"))
	if err != nil {
		return time.Unix(0, 0).UTC()
	}
	return at.UTC()
}
