package record

import (
	"strconv"
	"sync"

	"github.com/prometheus/client_golang/prometheus"

	"rivgate/fault"
)

// otherContract labels what nobody here knows: callers write what they like,
// and each spelling would be a series of its own.
const otherContract = "other"

// maxContracts bounds the contracts that are told apart. Catalogues come and
// go while counters stay; what comes after so many is counted as other.
const maxContracts = 5000

// callBuckets begin where a gateway's own time is and end where waiting does.
var callBuckets = []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60}

// callMetrics counts finished calls.
type callMetrics struct {
	calls, refused, requestBytes, answerBytes *prometheus.CounterVec
	seconds                                   *prometheus.HistogramVec

	// Looking a series up by its label values costs more than counting, so
	// each combination that has occurred is kept.
	mu        sync.RWMutex
	known     map[seriesKey]*series
	contracts map[string]struct{}
}

// seriesKey is what tells calls apart.
type seriesKey struct {
	listener string
	contract string
	outcome  Outcome
	code     fault.Code
	status   int  // of a refused request
	handed   bool // a producer was called
}

// series are the metrics of calls of one kind; those that do not concern it
// are nil.
type series struct {
	calls, refused, requestBytes, answerBytes prometheus.Counter
	whole, producer, own                      prometheus.Observer
}

func newCallMetrics() *callMetrics {
	return &callMetrics{
		calls:        callsTotal.counterVec(),
		seconds:      callSeconds.histogramVec(callBuckets),
		requestBytes: requestBytesTotal.counterVec(),
		answerBytes:  answerBytesTotal.counterVec(),
		refused:      refusedTotal.counterVec(),
		known:        make(map[seriesKey]*series),
		contracts:    make(map[string]struct{}),
	}
}

func (m *callMetrics) collectors() []prometheus.Collector {
	return []prometheus.Collector{m.calls, m.seconds, m.requestBytes, m.answerBytes, m.refused}
}

// finished counts one call. It allocates nothing for a kind seen before.
func (m *callMetrics) finished(c *Call) {
	s := m.of(keyOf(c))
	s.calls.Inc()
	s.whole.Observe(c.Whole.Seconds())
	s.own.Observe(c.Own().Seconds())
	if s.producer != nil {
		s.producer.Observe(c.Producer.Seconds())
	}
	if s.refused != nil {
		s.refused.Inc()
	}
	s.requestBytes.Add(float64(c.RequestBytes))
	s.answerBytes.Add(float64(c.AnswerBytes))
}

func keyOf(c *Call) seriesKey {
	key := seriesKey{
		listener: c.Listener,
		contract: c.KnownContract,
		outcome:  c.Outcome,
		code:     c.Code,
		handed:   c.Producer > 0,
	}
	if key.contract == "" {
		key.contract = otherContract
	}
	if c.Outcome == Refused {
		key.status = c.Status
	}
	return key
}

func (m *callMetrics) of(key seriesKey) *series {
	m.mu.RLock()
	s := m.known[key]
	m.mu.RUnlock()
	if s == nil {
		s = m.add(key)
	}
	return s
}

func (m *callMetrics) add(key seriesKey) *series {
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, told := m.contracts[key.contract]; !told && len(m.contracts) >= maxContracts {
		key.contract = otherContract
	}
	if s := m.known[key]; s != nil {
		return s
	}
	m.contracts[key.contract] = struct{}{}
	s := m.newSeries(key)
	m.known[key] = s
	return s
}

func (m *callMetrics) newSeries(key seriesKey) *series {
	part := func(name string) prometheus.Observer {
		return m.seconds.WithLabelValues(key.listener, key.contract, string(key.outcome), name)
	}
	s := &series{
		calls:        m.calls.WithLabelValues(key.listener, key.contract, string(key.outcome), string(key.code)),
		requestBytes: m.requestBytes.WithLabelValues(key.listener, key.contract),
		answerBytes:  m.answerBytes.WithLabelValues(key.listener, key.contract),
		whole:        part("whole"),
		own:          part("own"),
	}
	if key.handed {
		s.producer = part("producer")
	}
	if key.outcome == Refused {
		s.refused = m.refused.WithLabelValues(key.listener, strconv.Itoa(key.status))
	}
	return s
}
