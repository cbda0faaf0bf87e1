package main

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"syscall"
	"time"

	"rivgate/bench/proc"
)

// child is a process that was started here.
type child struct {
	proc.Group
	name    string
	address string // it listens there
	run     *exec.Cmd
	ended   chan struct{}
	output  string // the file of what it prints
}

// startLimit bounds a start.
const startLimit = time.Minute

// start starts a program and waits until it listens.
func (w *world) start(ctx context.Context, name, address, program string, args ...string) (_ *child, err error) {
	c := &child{name: name, address: address, run: exec.Command(program, args...), ended: make(chan struct{}), output: w.path(name + ".out")}
	output, err := os.Create(c.output)
	if err != nil {
		return nil, err
	}
	defer output.Close()                                    // the process has its own
	c.run.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // ended with its workers, if need be
	c.run.Dir, c.run.Stdout, c.run.Stderr = w.dir, output, output
	c.run.Env = append(os.Environ(), "HOME="+w.dir, "XDG_DATA_HOME="+w.dir, "XDG_CONFIG_HOME="+w.dir) // Caddy writes there
	if err := c.run.Start(); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	go func() {
		_ = c.run.Wait() // how it ended does not matter, that it did does
		close(c.ended)
	}()
	ctx, cancel := context.WithTimeout(ctx, startLimit)
	defer cancel()
	var dialer net.Dialer
	for {
		conn, err := dialer.DialContext(ctx, "tcp", address)
		if err == nil {
			conn.Close()
			break
		}
		select {
		case <-c.ended:
		case <-ctx.Done():
		case <-time.After(20 * time.Millisecond):
			continue
		}
		c.stop()
		return nil, fmt.Errorf("%s did not start: %w\n%s", name, err, c.said())
	}
	if c.Group, err = proc.Of(c.run.Process.Pid); err != nil {
		c.stop()
		return nil, err
	}
	return c, nil
}

// stop ends the process: nicely, or else.
func (c *child) stop() {
	_ = c.run.Process.Signal(syscall.SIGTERM) // fails where it has ended
	select {
	case <-c.ended:
	case <-time.After(5 * time.Second):
		_ = syscall.Kill(-c.run.Process.Pid, syscall.SIGKILL) // as above
		<-c.ended
	}
}

// said is the end of what the process printed.
func (c *child) said() string {
	content, err := os.ReadFile(c.output)
	if err != nil {
		return err.Error()
	}
	return string(content[max(0, len(content)-2000):])
}

// readPool reads certificates to trust.
func readPool(path string) (*x509.CertPool, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(content) {
		return nil, errors.New(path + ": no certificate")
	}
	return pool, nil
}
