package proxy

import (
	"errors"
	"sync"

	"rivgate/fault"
)

// senderCounts counts running calls by sender while limits.per_sender is set.
type senderCounts struct {
	mu      sync.Mutex
	running map[string]int
}

// enter counts c's call, or refuses it as Overloaded when its sender has
// reached the limit.
func (s *senderCounts) enter(c *Call) error {
	limit := c.View.Limits.PerSender
	if limit <= 0 {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.running == nil {
		s.running = make(map[string]int)
	}
	if s.running[c.Sender.ID] >= limit {
		return fault.Wrap(fault.Overloaded, "", errors.New("per_sender reached"))
	}
	s.running[c.Sender.ID]++
	c.counted = true
	return nil
}

// leave undoes enter, if it counted.
func (s *senderCounts) leave(c *Call) {
	if !c.counted {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.running[c.Sender.ID]--; s.running[c.Sender.ID] == 0 {
		delete(s.running, c.Sender.ID)
	}
}
