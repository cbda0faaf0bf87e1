package migrate

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
)

// material is what one side of TLS needs, as paths of the configuration.
type material struct {
	certificate, key string   // both or none
	ca               []string // empty: the system's authorities
}

const storePrefix = "tp.tls.store."

// oldStore is where a store of VP's old keys is.
func (t *translation) oldStore(role string) (string, error) {
	location, file := t.get(storePrefix+"location"), t.get(storePrefix+role+".file")
	if strings.HasPrefix(location, classpath) || strings.HasPrefix(file, classpath) {
		return "", errors.New("the store is inside VP's jar, which cannot be read; the one that VP comes with has a public key and is for tests")
	}
	t.kept(storePrefix+"location", "")
	return t.local(plainPath(location) + "/" + file), nil
}

// oldIdentity converts the key store of a role.
func (t *translation) oldIdentity(role, name string) (material, error) {
	file, err := t.oldStore(role)
	if err != nil {
		return material{}, err
	}
	key := storePrefix + role
	id, err := readIdentity(file, t.get(key+".password"), t.get(key+".keyPassword"))
	if err != nil {
		return material{}, t.unreadable(key+".file", file, err)
	}
	m := t.addIdentity(name, id)
	t.changed(key+".file", "", "converted to "+m.certificate+" and "+m.key)
	t.passwordUsed(key + ".password")
	t.passwordUsed(key + ".keyPassword")
	return m, nil
}

// oldTrust converts the trust store, which both directions share, once.
func (t *translation) oldTrust() ([]string, error) {
	const key, name = storePrefix + "truststore", "trust"
	if m, done := t.stores[name]; done {
		return m.ca, nil
	}
	file, err := t.oldStore("truststore")
	if err != nil {
		return nil, err
	}
	certificates, err := readTrust(file, t.get(key+".password"))
	if err != nil {
		return nil, t.unreadable(key+".file", file, err)
	}
	m := material{ca: []string{t.addTrust(name, certificates)}}
	t.stores[name] = m
	t.changed(key+".file", "", "converted to "+m.ca[0])
	t.passwordUsed(key + ".password")
	return m.ca, nil
}

// unreadable tells of a store that is not as it should be, and returns what is
// written in its place.
func (t *translation) unreadable(key, file string, err error) error {
	if pathError := (*fs.PathError)(nil); errors.As(err, &pathError) {
		err = pathError.Err
	}
	err = fmt.Errorf("%s: %w", file, err)
	if errors.Is(err, errDSA) {
		t.changed(key, "", err.Error())
		return err
	}
	t.tell(Unread, key, "", err.Error())
	return err
}

func (t *translation) passwordUsed(key string) {
	if t.in.isGiven(key) {
		t.changed(key, "", "opened the store; what was in it is in files without a password, for their owner alone")
	}
}

// addIdentity puts an identity into files beside the configuration.
func (t *translation) addIdentity(name string, id identity) material {
	return material{
		certificate: t.addFile(name+".crt", encodePEM("CERTIFICATE", id.chain...)),
		key:         t.addFile(name+".key", encodePEM("PRIVATE KEY", id.key)),
	}
}

func (t *translation) addTrust(name string, certificates [][]byte) string {
	return t.addFile(name+".ca", encodePEM("CERTIFICATE", certificates...))
}

// addFile adds a file beside the configuration and returns its path there.
func (t *translation) addFile(name string, content []byte) string {
	extension := filepath.Ext(name)
	stem := t.base + "-" + strings.TrimSuffix(name, extension)
	name = stem + extension
	for i := 2; t.hasFile(name); i++ { // two bundles may differ in characters that files cannot have
		name = fmt.Sprintf("%s-%d%s", stem, i, extension)
	}
	t.files = append(t.files, File{Path: filepath.Join(t.outDir, name), Content: content, Secret: true})
	return name
}

func (t *translation) hasFile(name string) bool {
	return slices.ContainsFunc(t.files, func(f File) bool { return strings.EqualFold(filepath.Base(f.Path), name) })
}
