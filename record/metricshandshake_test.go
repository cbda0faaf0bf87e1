package record

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"syscall"
	"testing"
	"time"

	"rivgate/internal/lab"
	"rivgate/internal/lab/labtest"
)

// Handshakes that fail are sorted by what a real one leaves behind.
func TestHandshakeReasons(t *testing.T) {
	ca, stranger := labtest.CA(t, "CA"), labtest.CA(t, "another CA")
	server := labtest.Issue(t, ca, lab.Subject{CN: "gateway"}, lab.Hosts("localhost"))
	identity := func(ca *lab.CA, options ...lab.IssueOption) *lab.Identity {
		return labtest.Issue(t, ca, lab.Subject{SerialNumber: consumer, CN: "consumer"}, options...)
	}
	now := time.Now()
	for name, test := range map[string]struct {
		client func(conn net.Conn)
		want   string
	}{
		"without certificate":   {speakTLS(lab.ClientTLS(nil, ca)), reasonNoCertificate},
		"of another authority":  {speakTLS(lab.ClientTLS(identity(stranger), ca)), reasonUntrusted},
		"expired":               {speakTLS(lab.ClientTLS(identity(ca, lab.Valid(now.Add(-2*time.Hour), now.Add(-time.Hour))), ca)), reasonExpired},
		"too old a version":     {speakTLS(&tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11, InsecureSkipVerify: true}), reasonVersion},
		"no common suite":       {speakTLS(&tls.Config{MaxVersion: tls.VersionTLS12, CipherSuites: []uint16{tls.TLS_RSA_WITH_AES_128_CBC_SHA}, InsecureSkipVerify: true}), reasonCipher},
		"server is not trusted": {speakTLS(lab.ClientTLS(identity(ca), stranger)), reasonRefused},
		"plain HTTP": {func(conn net.Conn) {
			fmt.Fprint(conn, "POST /vp HTTP/1.1\r\nHost: localhost\r\n\r\n")
			io.Copy(io.Discard, conn)
		}, reasonNotTLS},
		"nothing": {func(net.Conn) {}, reasonLeft},
		"silence": {func(conn net.Conn) { io.Copy(io.Discard, conn) }, reasonTimeout},
	} {
		t.Run(name, func(t *testing.T) {
			config := lab.ServerTLS(server, ca)
			config.MinVersion = tls.VersionTLS12
			config.CipherSuites = []uint16{tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256}
			timeout := 10 * time.Second
			if test.want == reasonTimeout {
				timeout = 50 * time.Millisecond
			}
			err := failedHandshake(t, config, timeout, test.client)
			if got := handshakeReason(err); got != test.want {
				t.Errorf("%v is %s, want %s", err, got, test.want)
			}
		})
	}
}

// failedHandshake is the server's error.
func failedHandshake(t *testing.T, config *tls.Config, timeout time.Duration, client func(net.Conn)) error {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	done := make(chan struct{})
	go func() {
		defer close(done)
		conn, err := net.Dial("tcp", listener.Addr().String())
		if err != nil {
			t.Error(err)
			return
		}
		defer conn.Close()
		client(conn)
	}()
	conn, err := listener.Accept()
	if err != nil {
		t.Fatal(err)
	}
	conn.SetDeadline(time.Now().Add(timeout))
	err = tls.Server(conn, config).Handshake()
	conn.Close()
	<-done
	if err == nil {
		t.Fatal("the handshake succeeded")
	}
	return err
}

// speakTLS is a client that tries a handshake and reads until the end.
func speakTLS(config *tls.Config) func(net.Conn) {
	return func(conn net.Conn) { io.Copy(io.Discard, tls.Client(conn, config)) }
}

func TestHandshakeReasonsOfOtherErrors(t *testing.T) {
	for err, want := range map[error]string{
		errors.New("revoked: CN=a (serial 1F) on 2026-01-01"):     reasonRevoked,
		errors.New("revocation not found out: CN=a (serial 1F)"):  reasonRevoked,
		&net.OpError{Op: "read", Err: syscall.ECONNRESET}:         reasonLeft,
		&tls.CertificateVerificationError{Err: errors.New("odd")}: reasonUnacceptable,
		errors.New("something new"):                               reasonOther,
	} {
		if got := handshakeReason(err); got != want {
			t.Errorf("%v is %s, want %s", err, got, want)
		}
		if !slices.Contains(HandshakeReasons(), want) {
			t.Errorf("%s is not listed", want)
		}
	}
}
