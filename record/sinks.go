package record

// Sinks hands each call to several sinks, in order. Those that are Observers
// are told of events too.
type Sinks []Sink

// Finished implements Sink.
func (s Sinks) Finished(c *Call) {
	for _, sink := range s {
		sink.Finished(c)
	}
}

// Event implements Observer.
func (s Sinks) Event(e Event, c *Call) {
	for _, sink := range s {
		if observer, ok := sink.(Observer); ok {
			observer.Event(e, c)
		}
	}
}
