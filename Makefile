# make run and make test are all there is to begin with; make help lists the rest.
GO      ?= go
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
# Stated, so that a build does not depend on GOFLAGS: the commit is noted where
# there is one to note.
VCS     ?= $(shell git rev-parse HEAD >/dev/null 2>&1 && echo true || echo false)
LINT    := $(GO) tool -modfile=tools/go.mod golangci-lint
FUZZ    ?= 5s
BENCH   ?= full
SOAK    ?= 10m
BIN     ?= bin
# Not named default.pgo: tests need no optimised build, which compiles everything anew.
BUILD   := CGO_ENABLED=0 $(GO) build -trimpath -pgo=cmd/rivgate/serve.pgo -buildvcs=$(VCS) -ldflags "-X main.release=$(VERSION)"
TARGETS ?= linux-amd64 linux-arm64 darwin-arm64

.PHONY: help build run test race scorecard bench bench-deps bench-profile pgo soak lint fmt fmt-check vet tidy-check fuzz differential interop neighbours neighbours-deps reproducible vuln licences cover helm helm-update dist ci

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

build: ## build bin/rivgate
	$(BUILD) -o $(BIN)/rivgate ./cmd/rivgate

run: build ## run the demo: a call through a whole sandbox, then stay up until Ctrl-C
	./bin/rivgate demo

test: ## run every test
	$(GO) test ./...

race: ## run every test with the race detector
	$(GO) test -race ./...

scorecard: ## run the end-to-end tests and write docs/security-scorecard.md
	$(GO) test -count=1 ./e2e -scorecard

bench: build ## compare with other proxies and write docs/benchmarks.md; BENCH=quick only tries it out
	$(GO) run ./bench $(if $(filter quick,$(BENCH)),-quick,-out docs/benchmarks.md)

bench-deps: ## install the proxies to compare with (Debian, as root)
	./bench/deps.sh

bench-profile: build ## show where CPU time goes under load; bin/bench.pprof is for go tool pprof
	$(GO) run ./bench profile -out bin/bench.pprof
	$(GO) tool pprof -top -nodecount 25 bin/rivgate bin/bench.pprof
	$(GO) tool pprof -top -cum -nodecount 25 bin/rivgate bin/bench.pprof

pgo: build ## make the profile anew that builds are optimised by
	$(GO) run ./bench profile -seconds 20 -out cmd/rivgate/serve.pgo

soak: build ## mixed load, resets and reloads for SOAK (default 10m); fails if anything grows
	$(GO) run ./bench soak -duration $(SOAK)

lint: ## run the linters (built from source the first time)
	$(LINT) run ./...

fmt: ## format the tree
	$(LINT) fmt ./...

fmt-check: ## fail if a file is not formatted
	@test -z "$$(gofmt -l .)" || { gofmt -l .; exit 1; }

vet: ## go vet
	$(GO) vet ./...

tidy-check: ## fail if go.mod is not tidy
	$(GO) mod tidy -diff

fuzz: ## run every fuzz target for FUZZ each (default 5s)
	GO=$(GO) FUZZ=$(FUZZ) ./tools/fuzz.sh

differential: ## compare the envelope scanner with libxml2 (needs python3 with venv)
	GO=$(GO) ./tools/differential/run.sh

interop: ## call the gateway by zeep, CXF and Node's soap (needs python3 with venv, a JDK 17, Maven, Node)
	GO=$(GO) ./interop/run.sh

neighbours: ## run the gateway beside nginx, HAProxy, Apache httpd, Caddy and Prometheus
	$(GO) test -count=1 ./interop/neighbours -programs

neighbours-deps: ## install those (Debian, as root)
	./bench/deps.sh nginx haproxy apache2 caddy prometheus

reproducible: ## build the last commit twice and compare the binaries
	./tools/reproducible.sh

vuln: ## look for known vulnerabilities that the code reaches (needs their database, see tools/vuln.sh)
	GO=$(GO) ./tools/vuln.sh

licences: ## write docs/licences.md, the licences of what is linked into the binary
	$(GO) test -count=1 -run '^TestLicences$$' ./internal/archtest -licences

cover: ## print the tests' coverage
	$(GO) test -coverpkg=./... -coverprofile=bin/cover ./... >/dev/null && $(GO) tool cover -func=bin/cover | tail -1

helm: ## lint the Helm chart, and compare what it renders with deploy/helm/rendered
	GO=$(GO) ./tools/helm.sh

helm-update: ## write deploy/helm/rendered
	GO=$(GO) ./tools/helm.sh update

dist: build ## write archives with static binaries, checksums and SBOMs to dist/
	for target in $(TARGETS); do \
		GOOS=$${target%-*} GOARCH=$${target#*-} $(BUILD) -o $(BIN)/dist/$$target/rivgate ./cmd/rivgate || exit 1; \
	done
	rm -rf dist
	$(GO) run ./internal/dist -version $(VERSION) -host $(BIN)/rivgate -out dist $(TARGETS:%=$(BIN)/dist/%/rivgate)
	cd dist && sha256sum --check SHA256SUMS

ci: fmt-check vet tidy-check test race lint fuzz differential interop neighbours reproducible helm dist ## everything that guards the tree
