package migrate

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

const classpath = "classpath:"

var windowsPath = regexp.MustCompile(`^[A-Za-z]:[/\\]`)

// plainPath is a path without Spring's file: before it.
func plainPath(value string) string {
	rest, isURL := strings.CutPrefix(value, "file:")
	if isURL && strings.HasPrefix(rest, "//") {
		rest = rest[2:]
	}
	return rest
}

// local is where a path of VP is read on this machine.
func (t *translation) local(value string) string {
	path := plainPath(value)
	if filepath.IsAbs(path) || windowsPath.MatchString(path) {
		return path
	}
	return filepath.Join(t.dir, path)
}

// path is a path of VP as the configuration says it: relative ones start at
// another folder there.
func (t *translation) path(value string) string {
	path := t.local(value)
	if path == plainPath(value) {
		return path
	}
	if relative, err := filepath.Rel(t.outDir, path); err == nil {
		return relative
	}
	return path
}

// present tells whether a path of VP can be seen on this machine. Containers
// are often imported elsewhere, so a file that is not there is told, not an
// error.
func (t *translation) present(value string) bool {
	_, err := os.Stat(t.local(value))
	return err == nil
}

// carryFile writes the path that key holds, and tells what must still be done
// about it. VP goes on without its files; rivgate does not start without those
// that its configuration names. So a file that only VP's default names is named
// here if it is there.
func (t *translation) carryFile(n *node, name, key string) (value string, ok bool) {
	value = t.get(key)
	target := n.path(name)
	switch {
	case value == "":
		return "", false
	case strings.HasPrefix(value, classpath):
		t.changed(key, target, "inside VP's jar, which cannot be read: take the file out and name it here")
		return "", false
	case !t.in.isGiven(key) && !t.present(value):
		return "", false
	case windowsPath.MatchString(value):
		n.set(name, text(plainPath(value)), t.changed(key, target, "a path of Windows: correct it for this machine"))
	case !t.present(value):
		n.set(name, text(t.path(value)), t.changed(key, target, "not there when this was imported: VP starts without it, rivgate does not"))
	default:
		n.set(name, text(t.path(value)))
		t.kept(key, target)
	}
	return value, true
}
