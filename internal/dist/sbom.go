package main

import (
	"crypto/sha256"
	"debug/buildinfo"
	"encoding/hex"
	"encoding/json"
	"runtime/debug"
	"strings"
	"time"
)

// bill is a CycloneDX 1.5 document, as far as it is used.
type bill struct {
	Format      string       `json:"bomFormat"`
	SpecVersion string       `json:"specVersion"`
	Version     int          `json:"version"`
	Metadata    metadata     `json:"metadata"`
	Components  []component  `json:"components"`
	Depends     []dependency `json:"dependencies"`
}

type metadata struct {
	Timestamp string    `json:"timestamp"`
	Component component `json:"component"`
}

type component struct {
	Type       string     `json:"type"`
	Ref        string     `json:"bom-ref"`
	Name       string     `json:"name"`
	Version    string     `json:"version"`
	PURL       string     `json:"purl,omitempty"`
	Hashes     []hash     `json:"hashes,omitempty"`
	Properties []property `json:"properties,omitempty"`
}

type hash struct {
	Algorithm string `json:"alg"`
	Content   string `json:"content"`
}

type property struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

type dependency struct {
	Ref       string   `json:"ref"`
	DependsOn []string `json:"dependsOn"`
}

// billOfMaterials says what a binary was built from: the modules linked into
// it and Go's standard library, as the binary itself tells.
func billOfMaterials(info *buildinfo.BuildInfo, version string, binary []byte) ([]byte, error) {
	sum := sha256.Sum256(binary)
	product := component{
		Type: "application", Ref: "rivgate", Name: "rivgate", Version: version,
		Hashes: []hash{{"SHA-256", hex.EncodeToString(sum[:])}},
	}
	for _, key := range []string{"GOOS", "GOARCH", "CGO_ENABLED", "vcs.revision", "vcs.modified"} {
		product.Properties = append(product.Properties, property{"build:" + key, setting(info, key)})
	}
	library := strings.TrimPrefix(strings.Fields(info.GoVersion)[0], "go")
	components := []component{{Type: "library", Ref: purl("std", library), Name: "std", Version: library, PURL: purl("std", library)}}
	for _, module := range info.Deps {
		components = append(components, moduleComponent(module))
	}
	all := dependency{Ref: product.Ref}
	for _, c := range components {
		all.DependsOn = append(all.DependsOn, c.Ref)
	}
	document, err := json.MarshalIndent(bill{
		Format: "CycloneDX", SpecVersion: "1.5", Version: 1,
		Metadata:   metadata{Timestamp: committed(info).Format(time.RFC3339), Component: product},
		Components: components,
		Depends:    []dependency{all},
	}, "", "  ")
	return append(document, '\n'), err
}

// moduleComponent keeps go.sum's checksum as a property: it is over a list of
// files, and none of the hashes that CycloneDX knows.
func moduleComponent(module *debug.Module) component {
	if module.Replace != nil {
		module = module.Replace
	}
	ref := purl(module.Path, module.Version)
	return component{
		Type: "library", Ref: ref, Name: module.Path, Version: module.Version, PURL: ref,
		Properties: []property{{"go:sum", module.Sum}},
	}
}

// purl is a package's URL (package-url, type golang).
func purl(path, version string) string {
	return "pkg:golang/" + path + "@" + strings.ReplaceAll(version, "+", "%2B")
}
