package lab

import (
	"fmt"
	"maps"
	"slices"
	"time"
)

// responder answers one request and tells whether the connection may be used
// again.
type responder func(*exchange) bool

// Behaviours are the paths a producer answers in a way of its own; any other
// path gets the ordinary answer. Besides them "/statusNNN" gives the ordinary
// answer that status, and these take parameters: "/bulk?size=N" streams about N
// bytes ("&chunked" without announcing the length), "/delay?ms=N" answers
// after N milliseconds, "/echo" returns the body and Content-Type it was sent.
func Behaviours() []string {
	paths := slices.Collect(maps.Keys(behaviours))
	paths = slices.AppendSeq(paths, maps.Keys(misbehaviours))
	slices.Sort(paths)
	return paths
}

// behaviour is how requests for path are answered.
func behaviour(path string) responder {
	if respond, known := behaviours[path]; known {
		return respond
	}
	if script, known := misbehaviours[path]; known {
		return func(x *exchange) bool { return x.play(script) }
	}
	var status int
	if n, err := fmt.Sscanf(path, "/status%d", &status); n == 1 && err == nil && status >= 200 && status <= 999 {
		return well(ordinary().with(status))
	}
	return well(ordinary())
}

const textXML = "text/xml;charset=UTF-8"

var behaviours = map[string]responder{
	"/ok":      well(ordinary()),
	"/default": well(ordinary()),
	"/climbed": well(ordinary()),
	"/second":  well(ordinary()),

	"/fault500":       well(answer{500, textXML, ProducerFault, nil}),
	"/fault200":       well(answer{200, textXML, ProducerFault, nil}),
	"/fault500app":    well(answer{500, "application/xml", ProducerFault, nil}),
	"/fault500noct":   well(answer{500, "", ProducerFault, nil}),
	"/fault500plain":  well(answer{500, "text/plain", ProducerFault, nil}),
	"/fault500soap12": well(answer{500, "application/soap+xml;charset=UTF-8", ProducerFault12, nil}),
	"/fault500empty":  well(answer{500, textXML, "", nil}),
	"/fault500xhtml":  well(answer{500, textXML, xhtmlPage, nil}),
	"/html500":        well(answer{500, "text/html", htmlPage, nil}),
	"/notfound":       well(answer{404, "text/html", htmlPage, nil}),
	"/empty":          well(answer{200, textXML, "", nil}),
	"/nocontent":      well(answer{204, textXML, "", nil}),
	"/redirect":       well(answer{302, textXML, "", []string{"Location: http://127.0.0.1:1/evil"}}),
	"/text":           well(answer{200, "text/plain", "just text", nil}),
	"/soap12":         well(answer{200, "application/soap+xml;charset=UTF-8", answerSOAP12, nil}),
	"/gzip":           well(answer{200, textXML, gzipped(OrdinaryAnswer), []string{"Content-Encoding: gzip"}}),
	"/latin1":         well(answer{200, "text/xml;charset=ISO-8859-1", latin1Answer(), nil}),
	"/latin1decl":     well(answer{200, "text/xml", latin1Answer(), nil}),
	"/noct":           well(answer{200, "", OrdinaryAnswer, nil}),
	"/headers":        well(answer{200, textXML, OrdinaryAnswer, manyHeaders}),

	"/chunked": chunked(50, 0),
	"/drip":    chunked(20, 200*time.Millisecond),
	"/bulk":    bulk,
	"/mtom":    echo,
	"/echo":    echo,
	"/slow":    after(func(*exchange) time.Duration { return 4 * time.Second }),
	"/delay":   after(func(x *exchange) time.Duration { return time.Duration(x.number("ms")) * time.Millisecond }),
}

// manyHeaders are headers of all kinds: such as a gateway passes on, such as
// it replaces, and such as it must keep to itself.
var manyHeaders = []string{
	"Access-Control-Allow-Origin: *",
	"Cache-Control: no-store",
	"Content-Language: sv",
	"ETag: e",
	"Expires: 0",
	"Keep-Alive: timeout=5",
	"Location: /x",
	"Pragma: no-cache",
	"Server: Srv/1",
	"Set-Cookie: s=1",
	"Set-Cookie: t=2",
	"Strict-Transport-Security: max-age=1",
	"Trailer-Like: t",
	"Via: 1.1 leak",
	"Warning: 299 - leak",
	"WWW-Authenticate: Basic",
	"MULE_LEAK: leak",
	"X-MULE_LEAK: leak",
	"LOCAL_CERTIFICATE: leak",
	"PEER_CERTIFICATES: leak",
	"http.method: leak",
	"x-rivta-original-serviceconsumer-hsaid: SE-LEAK",
	"x-rivta-routing-history: SE-LEAK",
	"x-skltp-correlation-id: leak",
	"x-skltp-prt: 123456",
	"x-vp-auth-cert: leak",
	"x-vp-instance-id: SE-LEAK",
	"x-vp-sender-id: SE-LEAK",
}
