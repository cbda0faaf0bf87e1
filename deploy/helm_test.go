package deploy_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"

	"rivgate/config"
	"rivgate/internal/app"
	"rivgate/internal/lab"
	"rivgate/internal/lab/labtest"
)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	content, err := os.ReadFile(path)
	must(t, err)
	return string(content)
}

// object is one of a rendered chart, as far as it is looked at.
type object struct {
	Kind     string
	Metadata struct {
		Name   string
		Labels map[string]string
	}
	Data                         map[string]string
	AutomountServiceAccountToken *bool `yaml:"automountServiceAccountToken"`
	Spec                         spec
}

type spec struct {
	Selector    yaml.Node
	ClusterIP   string `yaml:"clusterIP"`
	Ports       []servicePort
	Template    podTemplate
	JobTemplate struct {
		Spec struct{ Template podTemplate }
	} `yaml:"jobTemplate"`
	Ingress []struct {
		Ports []struct{ Port int }
		From  []yaml.Node
	}
	PolicyTypes []string `yaml:"policyTypes"`
	Groups      []yaml.Node
	Endpoints   []struct{ Port, Path string }
	TLS         struct{ Passthrough bool }
}

type servicePort struct {
	Name       string
	Port       int
	TargetPort string `yaml:"targetPort"`
}

type podTemplate struct {
	Metadata struct{ Labels, Annotations map[string]string }
	Spec     pod
}

type pod struct {
	Automount       *bool `yaml:"automountServiceAccountToken"`
	Grace           int   `yaml:"terminationGracePeriodSeconds"`
	SecurityContext struct {
		RunAsNonRoot   bool                  `yaml:"runAsNonRoot"`
		RunAsUser      int                   `yaml:"runAsUser"`
		SeccompProfile struct{ Type string } `yaml:"seccompProfile"`
	} `yaml:"securityContext"`
	InitContainers []container `yaml:"initContainers"`
	Containers     []container
	Volumes        []struct {
		Name      string
		ConfigMap struct{ Name string } `yaml:"configMap"`
	}
}

type container struct {
	Name  string
	Args  []string
	Ports []struct {
		Name          string
		ContainerPort int `yaml:"containerPort"`
	}
	SecurityContext struct {
		AllowPrivilegeEscalation *bool `yaml:"allowPrivilegeEscalation"`
		ReadOnlyRootFilesystem   bool  `yaml:"readOnlyRootFilesystem"`
		Capabilities             struct{ Drop []string }
	} `yaml:"securityContext"`
	StartupProbe   probe `yaml:"startupProbe"`
	ReadinessProbe probe `yaml:"readinessProbe"`
	LivenessProbe  probe `yaml:"livenessProbe"`
	VolumeMounts   []struct {
		Name      string
		MountPath string `yaml:"mountPath"`
		SubPath   string `yaml:"subPath"`
	} `yaml:"volumeMounts"`
}

type probe struct {
	HTTPGet struct{ Path, Port string } `yaml:"httpGet"`
}

// rendered is what the chart makes of a file of helm/cases. make helm keeps it
// what Helm renders.
func rendered(t *testing.T, name string) []object {
	t.Helper()
	var all []object
	for decoder := yaml.NewDecoder(strings.NewReader(read(t, filepath.Join("helm/rendered", name)))); ; {
		var o object
		err := decoder.Decode(&o)
		if errors.Is(err, io.EOF) {
			return all
		}
		must(t, err)
		if o.Kind != "" {
			all = append(all, o)
		}
	}
}

// one is the only object of a kind whose name ends so.
func one(t *testing.T, objects []object, kind, ending string) object {
	t.Helper()
	var found []object
	for _, o := range objects {
		if o.Kind == kind && strings.HasSuffix(o.Metadata.Name, ending) {
			found = append(found, o)
		}
	}
	if len(found) != 1 {
		t.Fatalf("%d objects %s …%s", len(found), kind, ending)
	}
	return found[0]
}

func TestChartRendersWhatIsAskedFor(t *testing.T) {
	always := []string{"ConfigMap", "Deployment", "Service", "Service", "ServiceAccount"}
	for name, more := range map[string][]string{
		"minimal.yaml": nil,
		"odd.yaml":     {"NetworkPolicy", "PersistentVolumeClaim", "PodDisruptionBudget", "Service"},
		"default.yaml": {"NetworkPolicy", "PodDisruptionBudget"},
		"everything.yaml": {
			"ConfigMap", "CronJob", "HorizontalPodAutoscaler", "IngressRouteTCP", "NetworkPolicy", "NetworkPolicy", "PersistentVolumeClaim",
			"PersistentVolumeClaim", "PodDisruptionBudget", "PrometheusRule", "Service", "ServiceMonitor", "TLSRoute",
		},
	} {
		want := slices.Concat(always, more)
		var got []string
		for _, o := range rendered(t, name) {
			got = append(got, o.Kind)
		}
		slices.Sort(want)
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}

// cases are the rendered files.
func cases(t *testing.T) []string {
	t.Helper()
	paths, err := filepath.Glob("helm/rendered/*.yaml")
	must(t, err)
	values, err := filepath.Glob("helm/cases/*.yaml")
	must(t, err)
	if len(paths) < 3 || len(values) != len(paths) {
		t.Fatalf("%q of %q", paths, values)
	}
	for i, path := range paths {
		paths[i] = filepath.Base(path)
	}
	return paths
}

// Every container fits the restricted pod security standard, and can write to
// nothing but volumes.
func TestChartsPodsAreRestricted(t *testing.T) {
	for _, name := range cases(t) {
		for _, o := range rendered(t, name) {
			p := o.Spec.Template.Spec
			switch o.Kind {
			case "Deployment":
			case "CronJob":
				p = o.Spec.JobTemplate.Spec.Template.Spec
			case "ServiceAccount":
				if o.AutomountServiceAccountToken == nil || *o.AutomountServiceAccountToken {
					t.Errorf("%s: the account's token is mounted", name)
				}
				continue
			default:
				continue
			}
			if !p.SecurityContext.RunAsNonRoot || p.SecurityContext.RunAsUser == 0 || p.SecurityContext.SeccompProfile.Type != "RuntimeDefault" || p.Automount == nil || *p.Automount {
				t.Errorf("%s: %s: %+v", name, o.Kind, p.SecurityContext)
			}
			all := append(p.InitContainers, p.Containers...)
			if len(all) == 0 {
				t.Errorf("%s: %s has no containers", name, o.Kind)
			}
			for _, c := range all {
				s := c.SecurityContext
				if s.AllowPrivilegeEscalation == nil || *s.AllowPrivilegeEscalation || !s.ReadOnlyRootFilesystem || !slices.Equal(s.Capabilities.Drop, []string{"ALL"}) {
					t.Errorf("%s: %s: container %s: %+v", name, o.Kind, c.Name, s)
				}
				for _, mount := range c.VolumeMounts {
					if mount.SubPath != "" {
						t.Errorf("%s: %s: mount %s would not be updated", name, o.Kind, mount.Name)
					}
				}
			}
		}
	}
}

// installed is a rendered chart as a pod sees it: the configuration with its
// folders moved below one of the test's, and minted certificates there.
func installed(t *testing.T, objects []object) (path string, cfg *config.Config) {
	t.Helper()
	root := t.TempDir()
	within := func(path string) string { return filepath.Join(root, path) }
	write := func(path string, content []byte) {
		must(t, os.MkdirAll(filepath.Dir(within(path)), 0o755))
		must(t, os.WriteFile(within(path), content, 0o600))
	}
	deployment := one(t, objects, "Deployment", "").Spec.Template.Spec
	ca := labtest.CA(t, "CA")
	id := labtest.Issue(t, ca, lab.Subject{SerialNumber: "SE0000000000-RIVGATE"}, lab.Hosts("localhost"))
	key, err := id.KeyPEM()
	must(t, err)
	var move []string
	for _, mount := range deployment.Containers[0].VolumeMounts {
		must(t, os.MkdirAll(within(mount.MountPath), 0o755))
		move = append(move, mount.MountPath+"/", within(mount.MountPath)+"/")
		switch mount.Name {
		case "gateway", "producers":
			write(mount.MountPath+"/tls.crt", id.CertPEM())
			write(mount.MountPath+"/tls.key", key)
		case "callers", "producers-ca":
			write(mount.MountPath+"/ca.crt", ca.PEM())
		}
	}
	for _, volume := range deployment.Volumes {
		if volume.Name != "config" {
			continue
		}
		for name, content := range one(t, objects, "ConfigMap", volume.ConfigMap.Name).Data {
			write("/etc/rivgate/"+name, []byte(strings.NewReplacer(move...).Replace(content)))
		}
	}
	for name, value := range map[string]string{"OTLP": "http://127.0.0.1:4318", "POD_NAME": "rivgate-0"} {
		t.Setenv(name, value)
	}
	path = within("/etc/rivgate/rivgate.yaml")
	cfg, err = config.Load(path)
	must(t, err)
	for _, file := range cfg.HSA.Files {
		if strings.HasPrefix(string(file), within("/var/lib/rivgate-hsa")) { // what a job puts there
			must(t, os.WriteFile(string(file), lab.HSAFile(ca.Cert.NotBefore, lab.Unit{ID: "SE", DN: "c=SE", Name: "root"}), 0o600))
		}
	}
	return path, cfg
}

// The configuration of every case is one that the gateway starts with, and
// what Kubernetes is told of ports and of stopping is what it says.
func TestChartsConfiguration(t *testing.T) {
	for _, name := range cases(t) {
		t.Run(name, func(t *testing.T) {
			objects := rendered(t, name)
			path, cfg := installed(t, objects)
			found := app.Check(path, "test")
			must(t, found.Err())
			for _, finding := range found {
				if !strings.Contains(finding.String(), "no local copy yet") { // a first start has no copy
					t.Errorf("%s", finding)
				}
			}
			p := one(t, objects, "Deployment", "").Spec.Template.Spec
			c := p.Containers[0]
			if stop := cfg.Drain.Wait + cfg.Drain.Timeout; p.Grace <= int(stop.Seconds()) {
				t.Errorf("%d seconds to stop, which may take %s", p.Grace, stop)
			}
			bound := make(map[string]string) // by the port's name
			for _, listener := range cfg.Listeners {
				bound[listener.Name] = listener.Address
			}
			for _, also := range cfg.Admin.Also {
				serves := fmt.Sprint(also.Serve)
				bound[map[string]string{"[health metrics]": "monitor", "[resetcache]": "resetcache", "[resethsacache]": "resethsacache"}[serves]] = also.Address
			}
			ports := make(map[string]string)
			for _, port := range c.Ports {
				ports[port.Name] = fmt.Sprintf(":%d", port.ContainerPort)
			}
			if fmt.Sprint(ports) != fmt.Sprint(bound) {
				t.Errorf("ports %v, and the configuration binds %v", ports, bound)
			}
			for _, o := range objects {
				if o.Kind != "Service" {
					continue
				}
				for _, port := range o.Spec.Ports {
					if ports[port.TargetPort] == "" {
						t.Errorf("service %s leads to port %s", o.Metadata.Name, port.TargetPort)
					}
				}
			}
			for want, probe := range map[string][]probe{"/readyz": {c.ReadinessProbe}, "/healthz": {c.LivenessProbe, c.StartupProbe}} {
				for _, p := range probe {
					if p.HTTPGet.Path != want || p.HTTPGet.Port != "monitor" {
						t.Errorf("%+v, want %s", p, want)
					}
				}
			}
		})
	}
}

// Only the port for calls is open to all, and the resets to those who need them.
func TestChartsNetworkPolicy(t *testing.T) {
	for name, want := range map[string]string{
		"default.yaml":    "8443:0 8089:1 23000:1 ",
		"odd.yaml":        "8443:0 8081:1 23000:1 24000:1 ", // without a job of the chart's
		"everything.yaml": "9443:1 8080:1 8089:1 23000:1 24000:2 ",
	} {
		objects := rendered(t, name)
		full := one(t, objects, "Deployment", "").Metadata.Name
		got := ""
		for _, rule := range one(t, objects, "NetworkPolicy", full).Spec.Ingress {
			got += fmt.Sprintf("%d:%d ", rule.Ports[0].Port, len(rule.From))
		}
		if got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	job := one(t, rendered(t, "everything.yaml"), "NetworkPolicy", "-hsa-update").Spec
	if len(job.Ingress) != 0 || !slices.Equal(job.PolicyTypes, []string{"Ingress"}) {
		t.Errorf("the job may be called: %+v", job)
	}
}

// Values that look like numbers, truth values or null are strings for every reader
// of YAML, older ones too: wherever they stand they stand in quotes.
func TestChartQuotesValues(t *testing.T) {
	missing := make(map[string]bool)
	for _, odd := range []string{
		"1.10", "0777", "no", "1e3", "1.5", "0x10", "0x11", "0x12", "0x13", "0x14", "0o7", "0b1", "null", "50%", "1.20", "1000", "no-plain", "no-admin",
		"registry.example.org/rivgate:1.10", "/var/lib/rivgate-hsa/units: today #1.xml", "0001", "yes",
	} {
		missing[odd] = true
	}
	var look func(n *yaml.Node)
	look = func(n *yaml.Node) {
		quoted := n.Style&(yaml.DoubleQuotedStyle|yaml.SingleQuotedStyle) != 0
		if _, odd := missing[n.Value]; odd && n.Kind == yaml.ScalarNode {
			if !quoted {
				t.Errorf("line %d: %s without quotes", n.Line, n.Value)
			}
			missing[n.Value] = false
		}
		if n.Style&yaml.LiteralStyle != 0 && strings.HasPrefix(n.Value, "admin:") { // rivgate.yaml
			var config yaml.Node
			must(t, yaml.Unmarshal([]byte(n.Value), &config))
			look(&config)
		}
		for _, below := range n.Content {
			look(below)
		}
	}
	for decoder := yaml.NewDecoder(strings.NewReader(read(t, "helm/rendered/odd.yaml"))); ; {
		var document yaml.Node
		err := decoder.Decode(&document)
		if errors.Is(err, io.EOF) {
			break
		}
		must(t, err)
		look(&document)
	}
	for odd, unseen := range missing {
		if unseen {
			t.Errorf("%s stands nowhere", odd)
		}
	}
	if got := one(t, rendered(t, "odd.yaml"), "ConfigMap", "no").Data["1.5"]; got != "  indented\n" {
		t.Errorf("a file that begins with spaces: %q", got)
	}
}

// The notes tell how the first HSA file comes about, whoever fetches it.
func TestChartsNotes(t *testing.T) {
	for name, want := range map[string][]string{
		"everything": {"create job --from=cronjob/rivgate-vp-hsa-update hsa-first", "logs job/hsa-first"},
		"odd":        {"claim 0x14", "http://POD:24000/resethsacache", "no-admin.rivta.svc", "networkPolicy.hsaUpdate", "deployment/no 9081"},
		"default":    {"deployment/rivgate 8081"},
	} {
		notes := read(t, "helm/rendered/"+name+".notes")
		for _, text := range want {
			if !strings.Contains(notes, text) {
				t.Errorf("%s: no %q in\n%s", name, text, notes)
			}
		}
		if name == "default" && strings.Contains(notes, "HSA") {
			t.Errorf("HSA where there is none:\n%s", notes)
		}
	}
}

func TestChartPassesTLSThrough(t *testing.T) {
	if !one(t, rendered(t, "everything.yaml"), "IngressRouteTCP", "").Spec.TLS.Passthrough {
		t.Error("Traefik would end TLS")
	}
	service := one(t, rendered(t, "everything.yaml"), "Service", "rivgate-vp").Spec
	if len(service.Ports) != 1 || service.Ports[0].TargetPort != "https" {
		t.Errorf("the public service has %+v", service.Ports)
	}
}

func TestChartsMonitoring(t *testing.T) {
	objects := rendered(t, "everything.yaml")
	endpoint := one(t, objects, "ServiceMonitor", "").Spec.Endpoints[0]
	admin := one(t, objects, "Service", "-admin")
	if endpoint.Port != admin.Spec.Ports[0].Name || endpoint.Path != "/metrics" || admin.Spec.ClusterIP != "None" {
		t.Errorf("%+v %+v", endpoint, admin.Spec)
	}
	if read(t, "helm/rivgate/files/alerts.yaml") != read(t, "prometheus/alerts.yaml") {
		t.Error("the chart's alerts are not those of prometheus/alerts.yaml: make helm-update copies them")
	}
	var alerts struct{ Groups []yaml.Node }
	must(t, yaml.Unmarshal([]byte(read(t, "prometheus/alerts.yaml")), &alerts))
	if got := one(t, objects, "PrometheusRule", "").Spec.Groups; len(got) == 0 || len(got) != len(alerts.Groups) {
		t.Errorf("%d groups of alerts, want %d", len(got), len(alerts.Groups))
	}
}

// The schema has every value of values.yaml, and refuses others.
func TestChartsSchemaHasEveryValue(t *testing.T) {
	var values map[string]any
	must(t, yaml.Unmarshal([]byte(read(t, "helm/rivgate/values.yaml")), &values))
	var schema map[string]any
	must(t, yaml.NewDecoder(bytes.NewReader([]byte(read(t, "helm/rivgate/values.schema.json")))).Decode(&schema))
	var compare func(at string, values, schema map[string]any)
	compare = func(at string, values, schema map[string]any) {
		properties, closed := schema["properties"].(map[string]any)
		if !closed {
			return // anything goes
		}
		for name, value := range values {
			known, found := properties[name].(map[string]any)
			if !found {
				t.Errorf("%s%s is not in the schema", at, name)
				continue
			}
			if below, folder := value.(map[string]any); folder {
				compare(at+name+".", below, known)
			}
		}
		for name, property := range properties {
			if _, there := values[name]; !there && property != false {
				if at+name != "config.admin" {
					t.Errorf("%s%s is in the schema alone", at, name)
				}
			}
		}
	}
	compare("", values, schema)
	if schema["additionalProperties"] != false {
		t.Error("unknown values are accepted")
	}
}
