package fault_test

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"rivgate/fault"
)

// docs/faults.md says of each code what callers get.
func TestFaultsPage(t *testing.T) {
	page, err := os.ReadFile("../docs/faults.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, code := range fault.Codes() {
		side := "Server"
		if code.Side() == fault.Client {
			side = "Client"
		}
		row := fmt.Sprintf("| %s | %s | %s | ", string(code), side, code.Text())
		if strings.Count(string(page), row) != 1 {
			t.Errorf("docs/faults.md lacks %q", row)
		}
	}
}

func TestSides(t *testing.T) {
	client := map[fault.Code]bool{
		"VP001": true, "VP002": true, "VP003": true, "VP004": true, "VP005": true,
		"VP007": false, "VP011": true, "VP013": true, "VP015": true,
	}
	for _, code := range fault.Codes() {
		if got := code.Side() == fault.Client; got != client[code] {
			t.Errorf("%s: client side %t", code, got)
		}
		if code.Text() == "" {
			t.Errorf("%s has no text", code)
		}
	}
}

func TestFaultString(t *testing.T) {
	if got := fault.New(fault.VP009, "").FaultString("GATE"); got != "VP009 [GATE] Fel vid kontakt med tjänsteproducenten." {
		t.Errorf("got %q", got)
	}
	if got := fault.New(fault.Overloaded, "").FaultString("GATE"); got != "Overloaded" {
		t.Errorf("got %q", got)
	}
}

func TestErrorsFindCodeAndCause(t *testing.T) {
	cause := errors.New("cause")
	err := fmt.Errorf("wrapped: %w", fault.Wrap(fault.VP009, "detail", cause))
	if !errors.Is(err, fault.VP009) || !errors.Is(err, cause) || errors.Is(err, fault.VP007) {
		t.Error("errors.Is does not find what it should")
	}
	if failure, ok := errors.AsType[*fault.Error](err); !ok || failure.Detail != "detail" {
		t.Error("errors.As does not find the fault")
	}
}
