package e2e

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"rivgate/internal/lab"
)

// documentedCurl is a curl line in a block of a page, with the text that
// follows it behind a #. Lines that end in a backslash go on.
var documentedCurl = regexp.MustCompile(`(?m)^\s*(?:\$ )?(curl (?:.*\\\n)*.*?)(?:\s+# (.*))?$`)

// fences are the blocks of a page.
var fences = regexp.MustCompile("(?ms)^```[a-z]*\n(.*?)^```$")

// documented are the curl lines of a page with what is in their answers.
func documented(t *testing.T, page string) [][2]string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join("..", page))
	must(t, err)
	var lines [][2]string
	for _, fence := range fences.FindAllStringSubmatch(string(content), -1) {
		for _, match := range documentedCurl.FindAllStringSubmatch(fence[1], -1) {
			lines = append(lines, [2]string{match[1], match[2]})
		}
	}
	if spans := regexp.MustCompile("`curl [^`]+`").FindAllString(string(content), -1); len(spans) > 0 {
		t.Errorf("%s: %v are in the text, where no test finds them", page, spans)
	}
	return lines
}

// documentedWorld is a running gateway of which all that the pages say is true,
// with the variables that their lines use.
func documentedWorld(t *testing.T) map[string]string {
	t.Helper()
	o := guarded(t)
	catalogue := *o.catalogue()
	catalogue.Route(getThing, "RIVTABP21", o.secure.URL("/ok"), "SE0000000000-UNIT1")
	catalogue.Permit(consumerID, getThing, "SE0000000000-UNIT1")
	o.tak.Serve(catalogue)
	if report := o.gate.app.Refresh(t.Context()); report.Status != "REFRESH_OK" {
		t.Fatalf("refresh: %v", report)
	}
	cert, key, err := o.consumer.WriteFiles(o.gate.dir, "caller")
	must(t, err)
	request, err := envelope(getThing, "SE0000000000-UNIT1").Bytes()
	must(t, err)
	path := filepath.Join(o.gate.dir, "request.xml")
	must(t, os.WriteFile(path, request, 0o600))
	_, port, _ := strings.Cut(o.gate.https, ":")
	return map[string]string{
		"ADMIN": "http://" + o.admin[0], "TAK_RESET": "http://" + o.admin[1], "HSA_RESET": "http://" + o.admin[2],
		"TOKEN": "a-token-for-tests", "GATEWAY": "https://localhost:" + port + "/vp",
		"CERT": cert, "KEY": key, "CA": filepath.Join(o.gate.dir, "ca.crt"), "REQUEST": path,
	}
}

// Every curl line of the pages works as it is pasted, with curl where there is
// one, and by what its options mean.
func TestDocumentedCurlLines(t *testing.T) {
	lines := append(documented(t, "docs/operations.md"), documented(t, "README.md")...)
	if len(lines) < 24 {
		t.Errorf("%d curl lines found", len(lines))
	}
	variables := documentedWorld(t)
	_, missing := exec.LookPath("curl")
	for _, line := range lines {
		command, want := line[0], line[1]
		if !strings.HasPrefix(command, "curl -fsS ") || want == "" {
			t.Errorf("%s: a line that fails quietly, or says nothing of its answer", command)
		}
		if status, got, err := interpret(t, command, variables); err != nil || status >= 400 || !strings.Contains(got, want) {
			t.Errorf("%s\nHTTP %d %v\nno %s in\n%s", command, status, err, want, got)
		}
		if missing != nil {
			continue
		}
		pasted := exec.Command("sh", "-c", command)
		pasted.Env = []string{"PATH=" + os.Getenv("PATH")} // and no proxy
		for name, value := range variables {
			pasted.Env = append(pasted.Env, name+"="+value)
		}
		if out, err := pasted.CombinedOutput(); err != nil || !strings.Contains(string(out), want) {
			t.Errorf("%s\n%v\nno %s in\n%s", command, err, want, out)
		}
	}
}

// interpret makes the request that a curl line stands for. An option it does not
// know is an error.
func interpret(t *testing.T, command string, variables map[string]string) (status int, body string, err error) {
	t.Helper()
	words := shellWords(command, variables)
	var method, target, data, cert, key, ca string
	var query, header []string
	get := false
	for i := 1; i < len(words); i++ {
		word := words[i]
		if !strings.HasPrefix(word, "-") {
			target = word
			continue
		}
		into := map[string]*string{"-X": &method, "-d": &data, "--data-binary": &data, "--cert": &cert, "--key": &key, "--cacert": &ca}[word]
		switch {
		case word == "-fsS", word == "-i":
			continue
		case word == "-G":
			get = true
			continue
		case i+1 == len(words):
			return 0, "", fmt.Errorf("%s has no value", word)
		case into != nil:
			*into = words[i+1]
		case word == "-H":
			name, value, _ := strings.Cut(words[i+1], ": ")
			header = append(header, name, value)
		case word == "--data-urlencode":
			name, value, _ := strings.Cut(words[i+1], "=")
			query = append(query, name+"="+url.QueryEscape(value))
		default:
			return 0, "", fmt.Errorf("unknown option %s", word)
		}
		i++
	}
	switch {
	case method != "":
	case data != "" && !get:
		method = http.MethodPost
	default:
		method = http.MethodGet
	}
	if len(query) > 0 {
		target += "?" + strings.Join(query, "&")
	}
	if file, isFile := strings.CutPrefix(data, "@"); isFile {
		content, err := os.ReadFile(file)
		must(t, err)
		data = string(content)
	}
	return request(t, method, target, data, header, cert, key, ca)
}

// request makes a request as curl does.
func request(t *testing.T, method, target, data string, header []string, cert, key, ca string) (status int, body string, err error) {
	t.Helper()
	settings := &tls.Config{}
	if cert != "" {
		identity, err := tls.LoadX509KeyPair(cert, key)
		must(t, err)
		authority, err := os.ReadFile(ca)
		must(t, err)
		settings.Certificates, settings.RootCAs = []tls.Certificate{identity}, x509.NewCertPool()
		settings.RootCAs.AppendCertsFromPEM(authority)
	}
	client := lab.Client(settings)
	defer client.CloseIdleConnections()
	r, err := http.NewRequestWithContext(t.Context(), method, target, strings.NewReader(data))
	must(t, err)
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	answer, err := client.Do(r)
	if err != nil {
		return 0, "", err
	}
	defer answer.Body.Close()
	return answer.StatusCode, read(t, answer.Body), nil
}

// shellWords splits a line as a shell does, as far as the pages' lines need it:
// quotes, and variables outside single ones.
func shellWords(line string, variables map[string]string) []string {
	word := regexp.MustCompile(`(?:'[^']*'|"[^"]*"|[^\s'"\\]|\\\n)+`)
	piece := regexp.MustCompile(`'[^']*'|"[^"]*"|[^'"]+`)
	lookup := func(name string) string { return variables[name] }
	var words []string
	for _, text := range word.FindAllString(strings.ReplaceAll(line, "\\\n", " "), -1) {
		words = append(words, piece.ReplaceAllStringFunc(text, func(p string) string {
			if strings.HasPrefix(p, "'") {
				return strings.Trim(p, "'")
			}
			return os.Expand(strings.Trim(p, `"`), lookup)
		}))
	}
	return words
}
