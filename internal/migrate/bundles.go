package migrate

import (
	"bytes"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"regexp"
	"strings"
)

// bundle reads Spring's SSL bundle of that name, once.
func (t *translation) bundle(name string) (material, error) {
	if name == "" {
		return material{}, errors.New("no bundle is named")
	}
	cached := "bundle " + fold(name)
	if m, done := t.stores[cached]; done {
		return m, nil
	}
	m, err := t.readBundle(name)
	if err == nil {
		t.stores[cached] = m
	}
	return m, err
}

func (t *translation) readBundle(name string) (material, error) {
	for _, kind := range []struct {
		prefix string
		fields []string
		read   func(prefix, name string) (material, error)
	}{
		{"spring.ssl.bundle.pem.", []string{".keystore.certificate", ".truststore.certificate"}, t.pemBundle},
		{"spring.ssl.bundle.jks.", []string{".keystore.location", ".truststore.location"}, t.jksBundle},
	} {
		for _, field := range kind.fields {
			if t.in.isGiven(kind.prefix + name + field) {
				return kind.read(kind.prefix+name, name)
			}
		}
	}
	return material{}, fmt.Errorf("there is no bundle %s: give the file that sets spring.ssl.bundle.pem.%s… with --properties", name, name)
}

func (t *translation) pemBundle(prefix, name string) (material, error) {
	certificate, err := t.pemFile(prefix+".keystore.certificate", fileName(name)+".crt")
	if err != nil {
		return material{}, err
	}
	key, err := t.pemKey(prefix, fileName(name)+".key")
	if err != nil {
		return material{}, err
	}
	authorities, err := t.pemFile(prefix+".truststore.certificate", fileName(name)+".ca")
	if err != nil {
		return material{}, err
	}
	m := material{certificate: certificate, key: key}
	if (certificate == "") != (key == "") {
		m.certificate, m.key = "", ""
		t.changed(prefix+".keystore.certificate", "", "a certificate and its key belong together: the one without the other is left out")
	}
	if authorities != "" {
		m.ca = []string{authorities}
	}
	return m, nil
}

// pemFile is the path that key holds. PEM in the setting itself becomes a file.
func (t *translation) pemFile(key, file string) (string, error) {
	value := t.get(key)
	switch {
	case value == "":
		return "", nil
	case strings.HasPrefix(value, classpath):
		return "", errors.New(key + " is inside VP's jar, which cannot be read: take the file out")
	case strings.Contains(value, "-----BEGIN"):
		path := t.addFile(file, []byte(value+"\n"))
		t.changed(key, "", "written to "+path)
		return path, nil
	case !t.present(value):
		t.changed(key, "", "not there when this was imported; rivgate does not start without it")
	}
	t.kept(key, "")
	return t.path(value), nil
}

// pemKey is pemFile for a private key, which is decrypted if it must be:
// rivgate reads keys without a password.
func (t *translation) pemKey(prefix, file string) (string, error) {
	key, password := prefix+".keystore.private-key", t.get(prefix+".keystore.private-key-password")
	value := t.get(key)
	content := []byte(value)
	if !strings.Contains(value, "-----BEGIN") {
		data, err := os.ReadFile(t.local(value))
		if err != nil || password == "" {
			return t.pemFile(key, file) // which tells what is missing
		}
		content = data
	}
	block, _ := pem.Decode(content)
	if block == nil || block.Type != "ENCRYPTED PRIVATE KEY" {
		if bytes.Contains(content, []byte("ENCRYPTED")) {
			return "", t.unreadable(key, file, errors.New("encrypted in a form that cannot be read: turn it into PKCS#8 with openssl pkcs8 -topk8"))
		}
		t.kept(prefix+".keystore.private-key-password", "")
		return t.pemFile(key, file)
	}
	der, err := decryptPKCS8(block.Bytes, password)
	if err != nil {
		return "", t.unreadable(key, file, err)
	}
	path := t.addFile(file, encodePEM("PRIVATE KEY", der))
	t.changed(key, "", "decrypted into "+path)
	t.passwordUsed(prefix + ".keystore.private-key-password")
	return path, nil
}

// jksBundle converts the stores of a bundle, which may be PKCS#12 as well.
func (t *translation) jksBundle(prefix, name string) (material, error) {
	var m material
	if location := t.get(prefix + ".keystore.location"); location != "" {
		key := prefix + ".keystore.location"
		if strings.HasPrefix(location, classpath) {
			return m, errors.New(key + " is inside VP's jar, which cannot be read: take the file out")
		}
		file := t.local(location)
		id, err := readIdentity(file, t.get(prefix+".keystore.password"), t.get(prefix+".key.password"))
		if err != nil {
			return m, t.unreadable(key, file, err)
		}
		m = t.addIdentity(fileName(name), id)
		t.changed(key, "", "converted to "+m.certificate+" and "+m.key)
	}
	if location := t.get(prefix + ".truststore.location"); location != "" {
		key := prefix + ".truststore.location"
		if strings.HasPrefix(location, classpath) {
			return m, errors.New(key + " is inside VP's jar, which cannot be read: take the file out")
		}
		file := t.local(location)
		certificates, err := readTrust(file, t.get(prefix+".truststore.password"))
		if err != nil {
			return m, t.unreadable(key, file, err)
		}
		m.ca = []string{t.addTrust(fileName(name), certificates)}
		t.changed(key, "", "converted to "+m.ca[0])
	}
	for _, field := range []string{".keystore.password", ".key.password", ".truststore.password"} {
		t.passwordUsed(prefix + field)
	}
	for _, field := range []string{".keystore.type", ".truststore.type"} {
		t.dropped(prefix+field, "told from the store itself")
	}
	t.dropped(prefix+".key.alias", "the first usable key of the store was taken: see that it is this one")
	return m, nil
}

var odd = regexp.MustCompile(`[^A-Za-z0-9_-]+`)

// fileName is a bundle's name as part of a file's.
func fileName(name string) string { return "bundle-" + odd.ReplaceAllString(name, "_") }
