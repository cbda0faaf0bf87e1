package main

import (
	"fmt"
	"runtime"
	"strings"
)

// page is docs/benchmarks.md.
type page struct {
	proxies []*proxy
	tables  []*table
	large   *largeRun // nil: was not measured
	micro   string
	quick   bool
}

func (p *page) String() string {
	var b strings.Builder
	b.WriteString(strings.TrimLeft(intro, "\n"))
	if p.quick {
		b.WriteString("\nThis was a quick run: it shows that everything runs, and its figures mean nothing.\n")
	}
	fmt.Fprintf(&b, "\n## What is compared\n\nOn %d cores, with %s:\n\n", runtime.NumCPU(), runtime.Version())
	rows := [][]string{{"proxy", "version", "does"}}
	for _, one := range p.proxies {
		rows = append(rows, []string{one.name, one.version, one.does})
	}
	b.WriteString(grid(rows))
	if absent := p.absent(); len(absent) > 0 {
		fmt.Fprintf(&b, "\nNot installed, and left out: %s.\n", strings.Join(absent, ", "))
	}
	if targets := p.targets(); len(targets) > 0 {
		b.WriteString("\n## What is wanted\n\n")
		b.WriteString(grid(append([][]string{{"figure", "at most", "is", ""}}, targets...)))
	}
	b.WriteString("\n## Cases\n")
	for _, t := range p.tables {
		b.WriteString("\n### " + t.title + "\n\n")
		if t.note != "" {
			b.WriteString(t.note + "\n\n")
		}
		b.WriteString(grid(t.rows()))
		b.WriteString(t.cuts())
	}
	if p.large != nil {
		b.WriteString("\n## " + largeName + "\n\n" + p.large.String())
	}
	if p.micro != "" {
		b.WriteString("\n## Inside\n\n" + microIntro + "\n```\n" + strings.TrimSpace(p.micro) + "\n```\n")
	}
	return b.String()
}

const intro = `
# Benchmarks

` + "`make bench`" + ` wrote this page, in some minutes; ` + "`make bench-deps`" + ` installs the proxies it compares with from the distribution (Debian). A case alone:
` + "`go run ./bench -only '1 MB'`" + ` after ` + "`make build`" + `. ` + "`make bench BENCH=quick`" + ` tries everything out in seconds and writes nothing.

**The ratios are the message.** Callers, producer and all proxies share the machine, and whatever else it does; other figures stand here to
be compared within one table. The proxies have their turns in slices of a second or less, round after round. A ratio is taken between slices of one
round; what is shown is the median over the rounds, and in brackets what the middle half of them lie between: the wider, the more else the machine
did. Below 1, the gateway needs less; of calls a second, above 1 is better.

Every case runs over mutual TLS 1.3 on both legs, with the same certificates (ECDSA P-256), the same key exchange (X25519) and cipher
(AES-128-GCM), and kept connections to the producer. The callers check each answer: status, that it belongs to the request, every byte of it, and
that the producer was sent every byte of the request. One wrong answer ends the run, and so does one that the gateway cuts off half-way; those that
others cut off are counted below the table, and nowhere else. The proxies are started anew for each case. CPU time is that of the proxy, in user and
kernel mode. There are 16 callers, each with a connection, unless it says otherwise.
`

const microIntro = `Parts of the gateway by Go's own benchmarks, as benchstat sums them up: the scan of an envelope's head, conversion, and a whole call
with caller and producer in memory, without TLS.
`

// absent are the names of the proxies that are not there.
func (p *page) absent() []string {
	there := make(map[string]bool)
	for _, one := range p.proxies {
		there[one.name] = true
	}
	var names []string
	for _, one := range proxies() {
		if !there[one.name] {
			names = append(names, one.name)
		}
	}
	return names
}

// rows are a table's: the gateway's first, the others' with what it needs more or less.
func (t *table) rows() [][]string {
	amount := "calls/s"
	if t.bytes >= mB {
		amount = "MB/s"
	}
	rows := [][]string{{"proxy", "CPU a call", amount, "p50", "p99", "peak RSS", "rivgate's CPU ÷", amount + " ÷", "p50 ÷", "p99 ÷"}}
	ours := t.contestants[0].samples
	for i, c := range t.contestants {
		speed := medianOf(c.samples, perSecond)
		if t.bytes >= mB {
			speed *= float64(t.bytes) / mB
		}
		row := []string{
			c.name, micros(medianOf(c.samples, cpu)), fmt.Sprintf("%.0f", speed),
			micros(medianOf(c.samples, p50)), micros(medianOf(c.samples, p99)), fmt.Sprintf("%s (+%s)", mebibytes(c.peak), mebibytes(max(0, c.peak-c.before))),
		}
		for _, figure := range []func(sample) float64{cpu, perSecond, p50, p99} {
			if i == 0 {
				row = append(row, "")
			} else {
				row = append(row, ratioOf(ours, c.samples, figure).String())
			}
		}
		rows = append(rows, row)
	}
	return rows
}

// cuts tells of the calls that were not answered to the end.
func (t *table) cuts() string {
	var who []string
	for _, c := range t.contestants {
		if c.cut > 0 {
			who = append(who, fmt.Sprintf("%s %d", c.name, c.cut))
		}
	}
	if who == nil {
		return ""
	}
	return "\nAnswers cut off half-way: " + strings.Join(who, ", ") + ".\n"
}

// targets compares what is wanted of the gateway with what was measured.
func (p *page) targets() [][]string {
	var rows [][]string
	against := func(title, peer, what string, figure func(sample) float64, most, aim float64) {
		t := p.table(title)
		if t == nil {
			return
		}
		for _, c := range t.contestants[1:] {
			if c.name == peer {
				r := ratioOf(t.contestants[0].samples, c.samples, figure)
				wanted := fmt.Sprintf("%.1f", most)
				if aim > 0 {
					wanted += fmt.Sprintf(", aim %.1f", aim)
				}
				rows = append(rows, []string{fmt.Sprintf("%s ÷ %s's: %s", what, peer, title), wanted, r.String(), met(r.median <= most)})
			}
		}
	}
	against(headline, stockName, "CPU a call", cpu, 1, 0.7)
	against(headline, haproxyName, "CPU a call", cpu, 2.5, 1.7)
	against(headline+", equal rate", stockName, "p99", p99, 1.2, 0)
	memory := func(title, what string, most int64, of func(*contestant) int64) {
		if t := p.table(title); t != nil {
			is := of(t.contestants[0])
			rows = append(rows, []string{what + ": " + title, mebibytes(most), mebibytes(is), met(is <= most)})
		}
	}
	rise := func(c *contestant) int64 { return c.peak - c.before }
	memory(uploads, "rise of RSS", 32<<20, rise)
	memory(downloads, "rise of RSS", 32<<20, rise)
	memory(manyBodies, "peak RSS", 128<<20, func(c *contestant) int64 { return c.peak })
	return rows
}

func met(yes bool) string {
	if yes {
		return "met"
	}
	return "**missed**"
}

// table is the one of that title, nil if there is none.
func (p *page) table(title string) *table {
	for _, t := range p.tables {
		if t.title == title {
			return t
		}
	}
	return nil
}
