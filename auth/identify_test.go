package auth_test

import (
	"testing"

	"rivgate/auth"
	"rivgate/fault"
)

const notTrusted = "Caller was not on the white list of accepted IP-addresses.  IP-address: "

func TestIdentifyPlainListener(t *testing.T) {
	pem := oneLine(asPEM(certificate(subject(serialNumber(unitID)))))
	cert := []string{"x-vp-auth-cert", pem}
	internal := []string{"x-vp-sender-id", "SE-A", "x-vp-instance-id", ownID}
	noHistory := auth.Sender{ID: "SE-A", Internal: true, ClientIP: proxy, Source: auth.FromPlatformHeaders, Hops: 1}
	byCertificate := auth.Sender{
		ID: unitID, ClientIP: proxy, Source: auth.FromCertificateHeader, Hops: 1,
		History: unitID + "#" + ownID,
	}
	const noCertificate = "No certificate found in httpheader x-vp-auth-cert"

	tests := []struct {
		name   string
		remote string
		header []string
		want   auth.Sender
		code   fault.Code
		detail string
	}{
		{name: "internal call", header: internal, want: noHistory},
		{
			name:   "internal call's history is not searched",
			want:   auth.Sender{ID: "SE-A", Internal: true, ClientIP: proxy, History: ownID + "#SE-A", Source: auth.FromPlatformHeaders, Hops: 1},
			header: with(internal, "x-rivta-routing-history", ownID, "x-rivta-routing-history", "SE-A"),
		},
		{name: "internal call outranks certificate", header: with(cert, internal...), want: noHistory},
		{
			name: "internal call with underscores", want: noHistory,
			header: []string{"x_vp_sender_id", "SE-A", "x_vp_instance_id", ownID},
		},
		{
			name: "internal call in both spellings", want: noHistory,
			header: with(internal, "x_vp_sender_id", "SE-A", "x_vp_instance_id", ownID),
		},
		{
			name: "internal call with empty sender", header: []string{"x-vp-sender-id", "", "x-vp-instance-id", ownID},
			want: auth.Sender{Internal: true, ClientIP: proxy, Source: auth.FromPlatformHeaders, Hops: 1},
		},
		{name: "certificate header", header: cert, want: byCertificate},
		{name: "certificate header with underscores", header: []string{"x_vp_auth_cert", pem}, want: byCertificate},
		{
			name: "instance id of another", header: with(cert, "x-vp-sender-id", "SE-A", "x-vp-instance-id", "SE-B"),
			want: byCertificate,
		},
		{
			name: "instance id in another case", want: byCertificate,
			header: with(cert, "x-vp-sender-id", "SE-A", "x-vp-instance-id", "se0000000000-gate1"),
		},
		{name: "instance id missing", header: with(cert, "x-vp-sender-id", "SE-A"), want: byCertificate},
		{
			name: "instance id twice", want: byCertificate,
			header: with(cert, "x-vp-sender-id", "SE-A", "x-vp-instance-id", ownID, "x-vp-instance-id", ownID),
		},
		{name: "sender id missing", header: with(cert, "x-vp-instance-id", ownID), want: byCertificate},
		{
			name: "client of a certificate header need not be trusted", header: with(cert, "X-Forwarded-For", stranger),
			want: withClient(byCertificate, stranger),
		},

		{
			name: "untrusted peer", remote: stranger, header: internal, code: fault.VP011,
			detail: notTrusted + stranger + ". HTTP header that caused checking: CamelNettyRemoteAddress",
		},
		{
			name: "untrusted IPv6 peer", remote: "2001:db8::1%eth0", header: internal, code: fault.VP011,
			detail: notTrusted + "2001:db8::1. HTTP header that caused checking: CamelNettyRemoteAddress",
		},
		{name: "no identity", code: fault.VP002, detail: noCertificate},
		{name: "sender id of no instance", header: []string{"x-vp-sender-id", "SE-A"}, code: fault.VP002, detail: noCertificate},

		{
			name: "sender id twice", header: with(internal, "x-vp-sender-id", "SE-EVIL"), code: fault.VP002,
			detail: "More than one sender id found in httpheader x-vp-sender-id",
		},
		{
			name: "sender id twice the same", header: with(internal, "x-vp-sender-id", "SE-A"), code: fault.VP002,
			detail: "More than one sender id found in httpheader x-vp-sender-id",
		},
		{
			name: "sender id twice beside a certificate", header: with(cert, "x-vp-sender-id", "SE-A", "x-vp-sender-id", "SE-B"),
			code: fault.VP002, detail: "More than one sender id found in httpheader x-vp-sender-id",
		},
		{
			name: "certificate twice", header: with(cert, cert...), code: fault.VP002,
			detail: "Exception, unkown certificate type found in httpheader x-vp-auth-cert",
		},

		{
			name: "sender spellings disagree", header: with(internal, "x_vp_sender_id", "SE-EVIL"), code: fault.VP011,
			detail: "HTTP headers X-Vp-Sender-Id and X_vp_sender_id differ",
		},
		{
			name: "instance spellings disagree", header: with(internal, "x_vp_instance_id", "SE-B"), code: fault.VP011,
			detail: "HTTP headers X-Vp-Instance-Id and X_vp_instance_id differ",
		},
		{
			name: "certificate spellings disagree", header: with(cert, "x_vp_auth_cert", "hello"), code: fault.VP011,
			detail: "HTTP headers X-Vp-Auth-Cert and X_vp_auth_cert differ",
		},
	}
	policy := newPolicy(t, nil)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if tt.remote == "" {
				tt.remote = proxy
			}
			got, err := policy.Identify(plain(tt.remote, tt.header...))
			checkFault(t, err, tt.code, tt.detail)
			if err == nil && got != tt.want {
				t.Errorf("got  %+v\nwant %+v", got, tt.want)
			}
		})
	}
}

func TestIdentifyIgnoresUnderscoresOfOtherCertificateHeaders(t *testing.T) {
	policy := newPolicy(t, func(o *auth.Options) { o.CertificateHeader = "X-Forwarded-Tls-Client-Cert" })
	pem := oneLine(asPEM(certificate(subject(serialNumber(unitID)))))
	_, err := policy.Identify(plain(proxy, "X_Forwarded_Tls_Client_Cert", pem))
	wantFault(t, err, fault.VP002, "No certificate found in httpheader X-Forwarded-Tls-Client-Cert")

	got, err := policy.Identify(plain(proxy, "x-forwarded-tls-client-cert", pem))
	if err != nil || got.ID != unitID {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestIdentifyTLSListenerIgnoresHeaders(t *testing.T) {
	policy := newPolicy(t, func(o *auth.Options) { o.Proxies = nil })
	other := oneLine(asPEM(certificate(subject(serialNumber("SE-EVIL")))))
	in := overTLS(subject(serialNumber(unitID)),
		"x-vp-sender-id", "SE-EVIL", "x_vp_sender_id", "SE-EVIL2", "x-vp-instance-id", ownID,
		"x-vp-auth-cert", other, "x-vp-auth-cert", other, "X-Forwarded-For", "10.0.0.1", "x-vp-hops", "many")
	got, err := policy.Identify(in)
	want := auth.Sender{ID: unitID, ClientIP: stranger, Source: auth.FromTLS, Hops: 1, History: unitID + "#" + ownID}
	if err != nil || got != want {
		t.Errorf("got  %+v, %v\nwant %+v", got, err, want)
	}
}

func TestIdentifyTLSListenerWithoutCertificate(t *testing.T) {
	in := overTLS(nil)
	in.Certificate = nil
	_, err := newPolicy(t, nil).Identify(in)
	wantFault(t, err, fault.VP002, "No senderId found in Certificate: null")
}

func TestIdentifyReportsClientOnFailure(t *testing.T) {
	got, err := newPolicy(t, nil).Identify(plain(proxy, "X-Forwarded-For", "203.0.113.5, 10.0.0.1"))
	wantFault(t, err, fault.VP002, "No certificate found in httpheader x-vp-auth-cert")
	if want := (auth.Sender{ClientIP: "203.0.113.5, 10.0.0.1"}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

// A whole call's identity over TLS is read without garbage but for the strings
// that are sent on.
func TestIdentifyAllocations(t *testing.T) {
	policy := newPolicy(t, nil)
	in := overTLS(subject(commonName("Unit"), serialNumber(unitID)))
	allocations := testing.AllocsPerRun(100, func() {
		if _, err := policy.Identify(in); err != nil {
			t.Fatal(err)
		}
	})
	if allocations > 3 { // client address, sender id, history
		t.Errorf("%v allocations", allocations)
	}
}

func BenchmarkIdentifyTLS(b *testing.B) {
	policy := newPolicy(b, nil)
	in := overTLS(subject(commonName("Unit"), serialNumber(unitID)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := policy.Identify(in); err != nil {
			b.Fatal(err)
		}
	}
}

func with(lines []string, more ...string) []string {
	return append(append([]string(nil), lines...), more...)
}

func withClient(s auth.Sender, ip string) auth.Sender {
	s.ClientIP = ip
	return s
}
