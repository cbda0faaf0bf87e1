package migrate

import (
	"cmp"
	"fmt"
	"path/filepath"
	"regexp"
	"strings"

	"rivgate/config"
)

// chartKeys are the values of VP's Helm chart that become keys of VP. Those
// below tls.defaultConfig and tls.overrides have VP's own names after vp.
var chartKeys = map[string]string{
	"skltp.instanceId":                           "vp.instance.id",
	"skltp.instanceName":                         "vp.instance.name",
	"skltp.maxReceiveLength":                     "vp.max.receive.length",
	"skltp.useRoutingHistory":                    "vp.use.routing.history",
	"skltp.urls.hsaResetCache":                   "vp.hsa.reset.cache.url",
	"skltp.urls.httpRoute":                       "vp.http.route.url",
	"skltp.urls.httpsRoute":                      "vp.https.route.url",
	"skltp.urls.resetCache":                      "vp.reset.cache.url",
	"skltp.urls.status":                          "vp.status.url",
	"memoryLoggerPeriodSeconds":                  "memory.logger.period.seconds",
	"propagateCorrelationIdForHttps":             "propagate.correlation.id.for.https",
	"server.forwardHeadersStrategy":              "server.forward-headers-strategy",
	"server.port":                                "server.port",
	"server.undertow.accesslogDir":               "server.undertow.accesslog.dir",
	"server.undertow.accesslogEnabled":           "server.undertow.accesslog.enabled",
	"server.undertow.accesslogPattern":           "server.undertow.accesslog.pattern",
	"server.undertow.accesslogPrefix":            "server.undertow.accesslog.prefix",
	"server.undertow.accesslogRotate":            "server.undertow.accesslog.rotate",
	"server.undertow.accesslogSuffix":            "server.undertow.accesslog.suffix",
	"producer.httpKeepalive":                     "producer.http.keepAlive",
	"producer.httpWorkers":                       "producer.http.workers",
	"producer.httpsKeepalive":                    "producer.https.keepAlive",
	"producer.httpsWorkers":                      "producer.https.workers",
	"takcache.endpointAddress":                   "takcache.endpoint.address",
	"takcache.persistentFileName":                "takcache.persistent.file.name",
	"messageLoggerMethod":                        "message.logger.method",
	"throwVp013WhenOriginalconsumerNotAllowed":   "throw.vp013.when.originalconsumer.not.allowed",
	"timeoutJsonFileDefaultTjanstekontraktName":  "timeout.json.file.default.tjanstekontrakt.name",
	"vagvalrouterDefaultRoutingAddressDelimiter": "vagvalrouter.default.routing.address.delimiter",
	"javaOpts":                               "JAVA_OPTS",
	"defaultRouting.allowedContracts":        "defaultrouting.allowedContracts",
	"headers.requestHeadersToRemove":         "headers.reg.exp.requestHeadersToRemove",
	"headers.forwardedHeaderAuthCert":        "http.forwarded.header.auth_cert",
	"management.endpointsWebExposureInclude": "management.endpoints.web.exposure.include",
	"management.endpointPrometheusEnabled":   "management.endpoint.prometheus.enabled",
	"senderIdAllowedList":                    "sender.id.allowed.list",
	"ipWhiteList_vp.prefixes":                "ip.whitelist",
}

// chartElsewhere says why a value of the chart is not for the gateway's
// configuration, by the beginning of its key.
var chartElsewhere = map[string]string{
	"namespace": whyDeployment, "repository": whyDeployment, "deployment": whyDeployment, "container": whyDeployment,
	"service": whyDeployment, "imagePullSecrets": whyDeployment, "probes": whyDeployment, "nodeSelector": whyDeployment,
	"affinity": whyDeployment, "tolerations": whyDeployment, "certProxy": whyDeployment,
	"ingressroute": whyIngress, "ingress": whyIngress, "ipWhiteList_http": whyIngress, "ipWhiteList_liveness": whyIngress,
	"ipWhiteList_direct": whyIngress,
	"hsacache":           whyHSA, "hsaCacheCronJob": whyHSA,
	"log4j":                    "levels are log.level, what is written of a call is log.events and log.payload; payloads are off",
	"paths":                    "put into the paths of the chart's own files",
	"timeoutConfig":            "is in the file that virtualisations.timeout_file names: mount that file",
	"environment.config_files": "files that the chart mounts: mount those that the configuration names",
	"environment.variables._default_config_maps": "holds what the chart makes of these values",
	"environment.variables.config_maps":          whyElsewhere,
	"environment.variables.secrets":              whyElsewhere,
}

const (
	whyDeployment = "describes the deployment, not the gateway"
	whyIngress    = "the ingress's own setting"
	whyHSA        = "the job that fetches HSA files; the gateway reads what it leaves"
	whyElsewhere  = "settings in there are not in this file: give them with --properties as env prints them in the pod"
)

var listIndex = regexp.MustCompile(`\[\d+\]$`)

// readChart takes in values of VP's Helm chart.
func (s *settings) readChart(file string, data []byte) error {
	leaves, err := config.Leaves(file, data)
	if err != nil {
		return err
	}
	s.chart = true
	s.paths = pathsOf(leaves)
	reasons := map[string]string{}
	for _, value := range joinLists(leaves) {
		p := property{line: value.Line, value: value.Value}
		switch key := chartKeys[value.Key]; {
		case key != "":
			p.name = key
			s.set(file, p, false)
		case strings.HasPrefix(value.Key, "tls.defaultConfig.") || strings.HasPrefix(value.Key, "tls.overrides["):
			p.name = "vp." + value.Key
			s.set(file, p, false)
		case strings.HasPrefix(value.Key, "tls.bundles["):
			s.chartBundle(file, value)
		default:
			s.elsewhere(file, value, reasons)
		}
	}
	return nil
}

// chartBundle makes a bundle of the files that the chart mounts for it.
func (s *settings) chartBundle(file string, value config.Leaf) {
	if !strings.HasSuffix(value.Key, "].name") {
		return // the Secret and the ConfigMap that are mounted
	}
	certs := s.paths.Replace("/etc/vp/certs/") + value.Value
	for field, path := range map[string]string{
		"keystore.certificate": "-keystore/tls.crt", "keystore.private-key": "-keystore/tls.key", "truststore.certificate": "-truststore/ca.crt",
	} {
		s.set(file, property{"spring.ssl.bundle.pem." + value.Value + "." + field, certs + path, value.Line}, false)
	}
}

// elsewhere tells once of each group of values that is not for the gateway.
func (s *settings) elsewhere(file string, value config.Leaf, told map[string]string) {
	group, _, _ := strings.Cut(value.Key, ".")
	group = listIndex.ReplaceAllString(group, "")
	reason := "not a value of VP's chart: read by nothing"
	for beginning, why := range chartElsewhere {
		rest, begins := strings.CutPrefix(value.Key, beginning)
		if begins && (rest == "" || rest[0] == '.' || rest[0] == '[') {
			group, reason = beginning, why // no beginning is one of another
		}
	}
	if value.Value == "" || told[group] != "" {
		return
	}
	told[group] = reason
	s.items = append(s.items, Item{Outcome: Dropped, Key: group, Origin: fmt.Sprintf("%s:%d", filepath.Base(file), value.Line), Reason: reason})
}

// pathsOf replaces the chart's own folders by those that its values set.
func pathsOf(leaves []config.Leaf) *strings.Replacer {
	set := map[string]string{}
	for _, leaf := range leaves {
		if name, ok := strings.CutPrefix(leaf.Key, "paths."); ok && leaf.Value != "" {
			set[name] = leaf.Value
		}
	}
	base := cmp.Or(set["base"], "/etc/vp")
	return strings.NewReplacer(
		"/etc/vp/config", cmp.Or(set["config"], base+"/config"),
		"/etc/vp/certs", cmp.Or(set["certs"], base+"/certs"),
		"/var/run/vp/data", cmp.Or(set["data"], "/var/run/vp/data"),
		"/var/run/vp/hsafiles", cmp.Or(set["hsafiles"], "/var/run/vp/hsafiles"),
	)
}

// joinLists makes a list of single values one value, parted by commas as in
// VP's own settings.
func joinLists(leaves []config.Leaf) []config.Leaf {
	var joined []config.Leaf
	for _, leaf := range leaves {
		last := len(joined) - 1
		key := listIndex.ReplaceAllString(leaf.Key, "")
		if key != leaf.Key && last >= 0 && joined[last].Key == key {
			joined[last].Value += "," + leaf.Value
			continue
		}
		leaf.Key = key
		joined = append(joined, leaf)
	}
	return joined
}
