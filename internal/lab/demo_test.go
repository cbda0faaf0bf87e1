package lab_test

import (
	"crypto/tls"
	"encoding/xml"
	"os"
	"slices"
	"strings"
	"testing"

	"rivgate/internal/lab"
	"rivgate/internal/lab/labtest"
)

func TestDemoFilesExist(t *testing.T) {
	sandbox := labtest.Demo(t)
	files := sandbox.Files
	for _, path := range []string{
		files.CA, files.GatewayCert, files.GatewayKey, files.ConsumerCert, files.ConsumerKey,
		files.StrangerCert, files.StrangerKey, files.NamelessCert, files.NamelessKey, files.HSA, files.Catalogue,
	} {
		if info, err := os.Stat(path); err != nil || info.Size() == 0 {
			t.Errorf("%s: %v", path, err)
		}
	}
	if _, err := tls.LoadX509KeyPair(files.GatewayCert, files.GatewayKey); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(files.LocalCopy); !os.IsNotExist(err) {
		t.Errorf("the gateway's local copy is there already: %v", err)
	}
	if err := os.WriteFile(files.LocalCopy, nil, 0o600); err != nil {
		t.Errorf("the gateway cannot write its local copy: %v", err)
	}
}

func TestDemoCatalogueIsWhatTAKServes(t *testing.T) {
	sandbox := labtest.Demo(t)
	_, body, err := askTAK(t, sandbox.TAK, lab.AllRoutes)
	if err != nil {
		t.Fatal(err)
	}
	file, err := os.ReadFile(sandbox.Files.Catalogue)
	if err != nil {
		t.Fatal(err)
	}
	var local rows
	if err := xml.Unmarshal(file, &local); err != nil {
		t.Fatal(err)
	}
	if served := parsed(t, body).Body.Routes.Routes; len(served) == 0 || !slices.Equal(served, local.Routes) {
		t.Errorf("TAK serves %v, the file has %v", served, local.Routes)
	}
}

// Each example must be decided by the catalogue in the way it promises.
func TestDemoExamplesShowWhatTheySay(t *testing.T) {
	sandbox := labtest.Demo(t)
	codes := make(map[string]bool)
	for _, example := range sandbox.Examples {
		t.Run(example.Name, func(t *testing.T) {
			body, err := os.ReadFile(example.File)
			if err != nil {
				t.Fatal(err)
			}
			if want, err := example.Bytes(); err != nil || string(body) != string(want) {
				t.Errorf("%s holds %s, %v", example.File, body, err)
			}
			routes := routesOf(sandbox, example.Envelope)
			permitted := example.Caller != nil && slices.ContainsFunc(sandbox.Catalogue.Permissions, func(p lab.Permission) bool {
				return p.Sender == example.Caller.Cert.Subject.SerialNumber && p.Contract == example.Envelope.Contract && p.Receiver == example.Envelope.Receiver
			})
			switch example.Code {
			case "VP002":
				if example.Caller != nil && example.Caller != sandbox.Nameless {
					t.Error("the caller has a name")
				}
			case "VP004":
				if len(routes) != 0 {
					t.Errorf("routes %v", routes)
				}
			case "VP005":
				if len(routes) != 1 || slices.Contains([]string{"RIVTABP20", "RIVTABP21"}, routes[0].Profile) || !permitted {
					t.Errorf("routes %v, permitted %v", routes, permitted)
				}
			case "VP006":
				if len(routes) != 2 {
					t.Errorf("routes %v", routes)
				}
			case "VP007":
				if len(routes) != 1 || permitted {
					t.Errorf("routes %v, permitted %v", routes, permitted)
				}
			case "VP010":
				if len(routes) != 1 || routes[0].Address != "" || !permitted {
					t.Errorf("routes %v, permitted %v", routes, permitted)
				}
			case "VP009":
				if len(routes) != 1 || !permitted {
					t.Errorf("routes %v, permitted %v", routes, permitted)
				}
			}
			codes[example.Code] = true
		})
	}
	for _, code := range []string{
		"", "VP002", "VP003", "VP004", "VP005", "VP006", "VP007", "VP009", "VP010", "VP011", "VP013", "VP014", "VP015",
	} {
		if !codes[code] {
			t.Errorf("no example ends in %q", code)
		}
	}
}

func routesOf(sandbox *lab.Sandbox, envelope lab.Envelope) []lab.Route {
	var routes []lab.Route
	for _, route := range sandbox.Catalogue.Routes {
		if route.Contract == envelope.Contract && route.Receiver == envelope.Receiver {
			routes = append(routes, route)
		}
	}
	return routes
}

// Every route that is meant to work leads to a producer that answers.
func TestDemoProducersAnswer(t *testing.T) {
	sandbox := labtest.Demo(t)
	client := lab.Client(lab.ClientTLS(sandbox.Gateway, sandbox.CA))
	defer client.CloseIdleConnections()
	failing := make(map[string]bool)
	for _, example := range sandbox.Examples {
		failing[example.Envelope.Receiver] = failing[example.Envelope.Receiver] || example.Code == "VP009"
	}
	called := 0
	for _, route := range sandbox.Catalogue.Routes {
		if failing[route.Receiver] || !strings.HasPrefix(route.Address, sandbox.Plain.URL("")) && !strings.HasPrefix(route.Address, sandbox.Secure.URL("")) {
			continue
		}
		reply, err := lab.Call(t.Context(), client, route.Address, lab.Envelope{Contract: route.Contract, Receiver: route.Receiver}, nil)
		if err != nil {
			t.Errorf("%s: %v", route.Address, err)
			continue
		}
		called++
		if want := strings.HasSuffix(route.Address, "/fault500"); (reply.Fault != nil) != want {
			t.Errorf("%s: %d %s", route.Address, reply.Status, reply.Body)
		}
		if reply.Fault == nil && !strings.Contains(string(reply.Body), route.Contract) {
			t.Errorf("%s answers for another contract: %s", route.Address, reply.Body)
		}
	}
	if called < 8 {
		t.Errorf("only %d routes lead to the producers", called)
	}
	if len(sandbox.Plain.Requests()) == 0 || len(sandbox.Secure.Requests()) == 0 {
		t.Error("one of the producers was not called")
	}
}

func TestDemoFailsWithoutFolder(t *testing.T) {
	if _, err := lab.Demo("/dev/null/nowhere", lab.DemoOptions{}); err == nil {
		t.Error("a folder that cannot be made did not matter")
	}
}
