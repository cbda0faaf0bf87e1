package auth

import (
	"bytes"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"net/url"
	"strings"
	"testing"
)

func headerSeeds() []string {
	return []string{
		"MIIA", "MII=", "MIIA,MIIB", ":AAAA:", ":AAA=:", `"MIIA"`, "%4dIIA", "MII%2BMII%3D",
		"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----",
		"-----BEGIN+CERTIFICATE-----%0AAA%2BA%0A-----END+CERTIFICATE-----%0A",
		"-----BEGIN%20CERTIFICATE-----%0AAA+A%0A-----END%20CERTIFICATE-----%0A",
		"-----END CERTIFICATE----------BEGIN CERTIFICATE-----", "%", "",
	}
}

// FuzzDecodeCertificate: what is decoded stands in the value as base64, and
// decodes to itself in every form that proxies use.
func FuzzDecodeCertificate(f *testing.F) {
	for _, seed := range headerSeeds() {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, value string) {
		der, err := decodeCertificate(value)
		if err != nil {
			return
		}
		bare := base64.StdEncoding.EncodeToString(der)
		text := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
		forms := []string{":" + bare + ":", text, url.PathEscape(text), url.QueryEscape(text), strings.ReplaceAll(text, "\n", " ")}
		if strings.HasPrefix(bare, "MII") {
			forms = append(forms, bare, bare+",AAAA", strings.TrimRight(bare, "="))
		}
		for _, form := range forms {
			if len(form) > maxCertificate {
				continue
			}
			if again, err := decodeCertificate(form); err != nil || !bytes.Equal(again, der) {
				t.Fatalf("%q gave % x, %v; want % x", form, again, err, der)
			}
		}
		if !strings.Contains(compacted(value), withoutLastDigit(bare)) {
			t.Fatalf("%q does not hold %q", value, bare)
		}
	})
}

// compacted is the value unescaped once and without white space.
func compacted(value string) string {
	if plain, err := url.PathUnescape(value); err == nil {
		value = plain
	}
	return strings.NewReplacer(" ", "", "\t", "", "\r", "", "\n", "", "\v", "", "\f", "").Replace(value)
}

// withoutLastDigit drops the digit whose unused bits an encoder may choose.
func withoutLastDigit(bare string) string {
	unpadded := strings.TrimRight(bare, "=")
	if len(unpadded) == len(bare) {
		return bare
	}
	return unpadded[:len(unpadded)-1]
}

func TestHeaderSeeds(t *testing.T) {
	if len(headerSeeds()) == 0 {
		t.Fatal("no seeds")
	}
}

func TestDecodeCertificateIsBounded(t *testing.T) {
	_, err := decodeCertificate("MII" + strings.Repeat("A", maxCertificate))
	if !errors.Is(err, errTooLong) {
		t.Errorf("got %v", err)
	}
}
