package load

import (
	"syscall"
	"time"
)

// sleep is time.Sleep by the system's clock: the runtime's wakes up to a
// millisecond late. It may wake early.
func sleep(d time.Duration) {
	pause := syscall.NsecToTimespec(d.Nanoseconds())
	_ = syscall.Nanosleep(&pause, nil) // interrupted: early
}
