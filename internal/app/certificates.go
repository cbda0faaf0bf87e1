package app

import (
	"cmp"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"os"
	"slices"
	"time"

	"rivgate/config"
	"rivgate/edge"
	"rivgate/record"
)

// inUse collects what ends some day: certificates, chains and authorities that
// a configuration names, and revocation lists. What cannot be read is left
// out; whoever uses it says so.
type inUse struct {
	certificates map[record.Certificate]time.Time // keys without Expires
	lists        map[listPart]time.Time
}

// listPart is a list, keyed without NextUpdate, and which of its issuer's
// certificates it tells of.
type listPart struct {
	list  record.RevocationList
	scope string
}

// certificatesOf reads the files that cfg names.
func certificatesOf(cfg *config.Config) ([]record.Certificate, []record.RevocationList) {
	u := inUse{make(map[record.Certificate]time.Time), make(map[listPart]time.Time)}
	for _, listener := range cfg.Listeners {
		settings := listener.TLS
		if settings == nil {
			continue
		}
		use := "listener " + listener.Name
		u.identity(use, identity{settings.Certificate, settings.Key, settings.PKCS12, settings.PasswordFile})
		u.files(use+" client_ca", settings.ClientCA)
		for _, file := range settings.Revocation.CRL {
			u.revocationLists(string(file))
		}
	}
	u.client("producers", cfg.Producers.TLS.Default)
	for i, override := range cfg.Producers.TLS.Overrides {
		u.client(fmt.Sprintf("producers override %d", i+1), override.Over(config.ClientTLS{}))
	}
	u.client("tak", cfg.TAK.TLS)
	return u.sorted()
}

func (u *inUse) client(use string, settings config.ClientTLS) {
	u.identity(use, identity{settings.Certificate, settings.Key, settings.PKCS12, settings.PasswordFile})
	u.files(use+" ca", settings.CA)
}

func (u *inUse) identity(use string, i identity) {
	if i.pkcs12 == "" {
		u.files(use, []config.Path{i.certificate})
		return
	}
	password, err := readSecret(i.passwordFile)
	if err != nil {
		return
	}
	store, err := edge.LoadPKCS12(string(i.pkcs12), password)
	if err != nil {
		return
	}
	for _, der := range store.Certificate {
		u.certificate(use, string(i.pkcs12), der)
	}
}

// files notes every certificate in PEM files.
func (u *inUse) files(use string, files []config.Path) {
	for _, file := range files {
		content, err := os.ReadFile(string(file))
		if err != nil {
			continue
		}
		for block, rest := pem.Decode(content); block != nil; block, rest = pem.Decode(rest) {
			if block.Type == "CERTIFICATE" {
				u.certificate(use, string(file), block.Bytes)
			}
		}
	}
}

func (u *inUse) certificate(use, file string, der []byte) {
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		return
	}
	keepLater(u.certificates, record.Certificate{Use: use, File: file, Subject: certificate.Subject.String()}, certificate.NotAfter)
}

// revocationLists notes the lists in a file.
func (u *inUse) revocationLists(file string) {
	lists, err := edge.LoadRevocationLists(file, nil)
	if err != nil {
		return
	}
	for _, list := range lists {
		part := listPart{record.RevocationList{File: file, Issuer: list.Issuer()}, list.Scope()}
		keepLater(u.lists, part, list.NextUpdate())
	}
}

// keepLater notes an end, unless a later one stands there already: a renewed
// certificate beside the old one is what counts.
func keepLater[K comparable](ends map[K]time.Time, key K, end time.Time) {
	if end.After(ends[key]) {
		ends[key] = end
	}
}

func (u *inUse) sorted() (certificates []record.Certificate, lists []record.RevocationList) {
	for certificate, expires := range u.certificates {
		certificate.Expires = expires
		certificates = append(certificates, certificate)
	}
	for list, next := range firstEnds(u.lists) {
		list.NextUpdate = next
		lists = append(lists, list)
	}
	slices.SortFunc(certificates, func(a, b record.Certificate) int {
		return cmp.Or(cmp.Compare(a.Use, b.Use), cmp.Compare(a.File, b.File), cmp.Compare(a.Subject, b.Subject))
	})
	slices.SortFunc(lists, func(a, b record.RevocationList) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Issuer, b.Issuer))
	})
	return certificates, lists
}

// firstEnds are the ends of whole lists: a list in parts ends with the first of
// them.
func firstEnds(parts map[listPart]time.Time) map[record.RevocationList]time.Time {
	ends := make(map[record.RevocationList]time.Time)
	for part, next := range parts {
		if end, known := ends[part.list]; !known || next.Before(end) {
			ends[part.list] = next
		}
	}
	return ends
}
