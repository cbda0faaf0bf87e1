package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"time"

	"rivgate/config"
	"rivgate/internal/app"
	"rivgate/internal/lab"
)

// Options say how to run the demo.
type Options struct {
	Version string
	Out     io.Writer
	Once    bool   // end after the call
	Keep    string // a folder to leave everything in; empty: a temporary one, removed at the end
}

// callTimeout bounds the demo's own call; the gateway's limits are well below.
const callTimeout = 20 * time.Second

// Run starts the sandbox, makes one call through it and tells about it on
// o.Out. Without o.Once it stays up until ctx ends. The error says that
// something did not start or that the call did not succeed.
func Run(ctx context.Context, o Options) (err error) {
	dir, remove, err := folder(o.Keep)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, remove()) }()
	sandbox, err := lab.Demo(dir, lab.DemoOptions{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, sandbox.Close()) }()

	ctx, stop := context.WithCancel(ctx)
	gateway, ended, err := start(ctx, sandbox, o)
	if err != nil {
		stop()
		return err
	}
	defer func() {
		stop()
		err = errors.Join(err, <-ended)
	}()
	story := &story{out: o.Out, sandbox: sandbox, gateway: gateway, keep: o.Keep != ""}
	story.open()
	if err := story.call(ctx); err != nil || o.Once {
		return err
	}
	story.suggest()
	<-ctx.Done()
	return nil
}

// folder is where the sandbox lives, and what becomes of it at the end.
func folder(keep string) (dir string, remove func() error, err error) {
	if keep != "" {
		if dir, err = filepath.Abs(keep); err != nil {
			return "", nil, err
		}
		return dir, func() error { return nil }, os.MkdirAll(dir, 0o755)
	}
	if dir, err = os.MkdirTemp("", "rivgate-demo-"); err != nil {
		return "", nil, err
	}
	return dir, func() error { return os.RemoveAll(dir) }, nil
}

// start writes the gateway's configuration and runs it, as serve would.
func start(ctx context.Context, sandbox *lab.Sandbox, o Options) (*app.App, <-chan error, error) {
	path := filepath.Join(sandbox.Dir, "rivgate.yaml")
	if err := os.WriteFile(path, []byte(configuration(sandbox)), 0o600); err != nil {
		return nil, nil, err
	}
	cfg, err := config.Load(path)
	if err != nil {
		return nil, nil, err
	}
	gateway, err := app.New(cfg, app.Options{Version: o.Version, Stdout: o.Out, Stderr: o.Out})
	if err != nil {
		return nil, nil, err
	}
	ended := make(chan error, 1)
	go func() { ended <- gateway.Run(ctx) }()
	select {
	case <-gateway.Ready():
		return gateway, ended, nil
	case err := <-ended:
		return nil, nil, err
	}
}

func configuration(s *lab.Sandbox) string {
	return fmt.Sprintf(`# The demo's gateway. Paths are relative to this file.
instance: {id: %s, name: %s}
listeners:
  - name: https
    address: %s
    tls: {certificate: certs/gateway.crt, key: certs/gateway.key, client_ca: [certs/ca.crt]}
  - name: http
    address: %s
admin: {address: %s}
trust: {original_consumer: {allowed_senders: [%s], enforce: true}}
tak: {address: %q, local_copy: %s}
hsa: {files: [%s]}
virtualisations:
  overrides:
    - {contract: %q, receiver: %s, timeout: %s}
producers:
  tls: {default: {certificate: certs/gateway.crt, key: certs/gateway.key, ca: [certs/ca.crt]}}
log: {output: rivgate.log}
`, s.InstanceID, s.Name, freeAddress(8443), freeAddress(8080), freeAddress(8081),
		s.Consumer.Cert.Subject.SerialNumber, s.TAK.URL(), s.Files.LocalCopy, s.Files.HSA,
		s.Slow.Contract, s.Slow.Receiver, s.SlowTimeout)
}

// freeAddress is the wanted port of 127.0.0.1, or any free one where it is taken.
func freeAddress(port int) string {
	wanted := fmt.Sprintf("127.0.0.1:%d", port)
	probe, err := net.Listen("tcp", wanted)
	if err != nil {
		return "127.0.0.1:0"
	}
	_ = probe.Close()
	return wanted
}
