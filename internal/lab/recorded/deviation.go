package recorded

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"strconv"
	"strings"
)

// Deviation is one line of a deviations file: a recorded call that a gateway
// handles otherwise on purpose, by which rows of the design's table, and what
// is expected in place of what was recorded.
//
// A line reads
//
//	case name | rows | caller | producer
//
// where caller and producer are changes to the recorded call, with " ; "
// between them, made from left to right:
//
//	=                    no change
//	like NAME            everything as in another recorded call
//	body like NAME       the body of another recorded call
//	body = request       the request's own body
//	+Name: value         a header with this value alone
//	+Name = request      a header with the request's value
//	-Name                no such header
//
// and for the caller
//
//	refused STATUS       an answer below SOAP: only its status and the headers named after this count
//	STATUS               another status
//	fault CODE DETAIL    this fault and no more headers than faults carry; in DETAIL \n is a line end
//	fault CODE ~REGEXP   the same with any detail that matches
//	declaration LABEL    the body's XML declaration names this encoding, which the body is in
//	?Name                a header that may have any value, or be absent
//
// and for the producer
//
//	none                 it sees no request
//	once                 it sees one request, the first
//	uri TARGET           another request target
//	body converted       the request with only its routing element changed to the other profile
//	+history, +hops      the headers that every call over TLS, and every call to an http producer, gains
type Deviation struct {
	Case             string
	Rows             []int // of the design's table of differences
	Caller, Producer []string
}

// LoadDeviations reads a deviations file. Empty lines and lines that begin
// with "#" are left out.
func LoadDeviations(path string) ([]Deviation, error) {
	file, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var deviations []Deviation
	lines := bufio.NewScanner(bytes.NewReader(file))
	for number := 1; lines.Scan(); number++ {
		if line := strings.TrimSpace(lines.Text()); line != "" && !strings.HasPrefix(line, "#") {
			deviation, err := parseDeviation(line)
			if err != nil {
				return nil, fmt.Errorf("%s:%d: %w", path, number, err)
			}
			deviations = append(deviations, deviation)
		}
	}
	return deviations, lines.Err()
}

func parseDeviation(line string) (Deviation, error) {
	fields := strings.Split(line, " | ")
	if len(fields) != 4 {
		return Deviation{}, fmt.Errorf("%d fields, not 4", len(fields))
	}
	deviation := Deviation{
		Case:     strings.TrimSpace(fields[0]),
		Caller:   changes(fields[2]),
		Producer: changes(fields[3]),
	}
	for _, row := range strings.Split(fields[1], ",") {
		number, err := strconv.Atoi(strings.TrimSpace(row))
		if err != nil {
			return Deviation{}, fmt.Errorf("row %q is not a number", row)
		}
		deviation.Rows = append(deviation.Rows, number)
	}
	return deviation, nil
}

func changes(field string) []string {
	changes := strings.Split(strings.TrimSpace(field), " ; ")
	for i := range changes {
		changes[i] = strings.TrimSpace(changes[i])
	}
	return changes
}
