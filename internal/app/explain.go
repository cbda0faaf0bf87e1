package app

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"time"

	"rivgate/config"
	"rivgate/proxy"
	"rivgate/rivta"
	"rivgate/routing"
	"rivgate/tak"
)

// Query is a question to explain, as it is typed.
type Query struct {
	Contract string
	Receiver string
	Sender   string // "" asks for the route alone
	Profile  string // "" asks for no conversion
	At       string // RFC 3339 or a date; "" is now
}

// question reads a query.
func (q Query) question() (routing.Question, error) {
	question := routing.Question{
		Contract: q.Contract, HasContract: true,
		Receiver: q.Receiver, HasReceiver: q.Receiver != "",
		Sender: q.Sender, RouteOnly: q.Sender == "",
		At: time.Now(),
	}
	if q.Contract == "" {
		return question, errors.New("contract: missing")
	}
	if q.Profile != "" {
		question.Profile = rivta.Parse(q.Profile)
		if question.Profile == rivta.Unknown {
			return question, fmt.Errorf("profile: %q is neither RIVTABP20 nor RIVTABP21", q.Profile)
		}
	}
	if q.At == "" {
		return question, nil
	}
	if day, err := time.Parse(time.DateOnly, q.At); err == nil {
		question.At = day.Add(12 * time.Hour) // noon in UTC is the same day in Sweden
		return question, nil
	}
	if at, err := time.Parse(time.RFC3339, q.At); err == nil {
		question.At = at
		return question, nil
	}
	return question, fmt.Errorf("at: %q is neither a date nor a time like %s", q.At, time.RFC3339)
}

// Explainer answers queries by one view.
type Explainer struct{ view *proxy.View }

// Explainer explains by what the running gateway goes by now.
func (a *App) Explainer() Explainer { return Explainer{a.gateway.View()} }

// NewExplainer explains by a configuration and the catalogue's file or local
// copy. It connects nothing.
func NewExplainer(path, version string) (Explainer, error) {
	_, _, view, err := offline(path, version)
	return Explainer{view}, err
}

// offline is what calls would go by, from files alone. It has no client for
// producers.
func offline(path, version string) (*config.Config, *loaded, *proxy.View, error) {
	cfg, err := config.Load(path)
	if err != nil {
		return nil, nil, nil, err
	}
	l, found := load(cfg, version, nil, nil)
	if err := found.Err(); err != nil {
		return nil, nil, nil, err
	}
	catalogue, err := tak.ReadCopy(catalogueFile(cfg), nil)
	if errors.Is(err, fs.ErrNotExist) {
		catalogue, err = nil, nil // what a gateway that never reached TAK goes by: VP008
	}
	if err != nil {
		return nil, nil, nil, err
	}
	return cfg, l, newView(cfg, l, l.tree, catalogue, version), nil
}

// Explain answers one query; the error is in the query.
func (e Explainer) Explain(q Query) (proxy.Explanation, error) {
	question, err := q.question()
	if err != nil {
		return proxy.Explanation{}, err
	}
	return e.view.Explain(question), nil
}

// Coverage is how many of a batch's calls would be made.
type Coverage struct{ Asked, Made int }

// batchColumns are the columns a batch begins with; the last two may be empty.
var batchColumns = []string{"contract", "receiver", "sender", "profile", "at"}

// Batch reads queries as CSV with a header line and writes them with code and
// target added. The error names the line it is in.
func (e Explainer) Batch(in io.Reader, out io.Writer) (Coverage, error) {
	reader, writer := csv.NewReader(in), csv.NewWriter(out)
	reader.FieldsPerRecord = len(batchColumns)
	var coverage Coverage
	header, err := reader.Read()
	if err != nil {
		return coverage, err
	}
	if strings.Join(header, ",") != strings.Join(batchColumns, ",") {
		return coverage, fmt.Errorf("line 1: the header must be %s", strings.Join(batchColumns, ","))
	}
	_ = writer.Write(append(header, "code", "target")) // its error shows at the end
	for {
		row, err := reader.Read()
		if err == io.EOF {
			writer.Flush()
			return coverage, writer.Error()
		}
		if err != nil {
			return coverage, err
		}
		explanation, err := e.Explain(Query{row[0], row[1], row[2], row[3], row[4]})
		if err != nil {
			line, _ := reader.FieldPos(0)
			return coverage, fmt.Errorf("line %d: %w", line, err)
		}
		coverage.Asked++
		if explanation.Decision.Code == "" {
			coverage.Made++
		}
		_ = writer.Write(append(row, explanation.Decision.Code, explanation.Decision.Target))
	}
}

func catalogueFile(cfg *config.Config) string {
	if cfg.TAK.File != "" {
		return string(cfg.TAK.File)
	}
	return string(cfg.TAK.LocalCopy)
}
