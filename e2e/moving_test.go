package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"rivgate/internal/lab"
	"rivgate/internal/lab/labtest"
)

// step is a command of the page on moving, with what it must print.
type step struct{ command, want string }

// movingSteps are the commands of the page, in its order.
func movingSteps(t *testing.T) []step {
	t.Helper()
	var steps []step
	assignment := regexp.MustCompile(`^[A-Z]+=`)
	for _, fence := range regexp.MustCompile("(?ms)^```sh\n(.*?)^```$").FindAllStringSubmatch(page(t, "docs/moving-from-vp.md"), -1) {
		for line := range strings.Lines(fence[1]) {
			command, want, _ := strings.Cut(strings.TrimSpace(line), "   # ")
			if !assignment.MatchString(command) {
				steps = append(steps, step{command, want})
			}
		}
	}
	return steps
}

// move is an installation of VP on its way to rivgate.
type move struct {
	*installation
	env     []string
	running *process // rivgate, once it serves
}

func newMove(t *testing.T) *move {
	t.Helper()
	m := &move{installation: newInstallation(t)}
	const receiver = "SE0000000001-1234"
	// What a VP that ran here would have left: its local copy, and its logs.
	must(t, os.MkdirAll(filepath.Join(m.dir, "data"), 0o755))
	must(t, m.catalogue.WriteLocalCopy(filepath.Join(m.dir, "data", "localCache")))
	ok := func(correlation string) string {
		return recordedLog(t, "ecs-ok", `id":"OK"`, `id":"`+receiver+`"`, vpTarget, m.usual.URL("/ok"), "log-ok", correlation)
	}
	denied := recordedLog(t, "ecs-vp007", "NOPERM", "NOWHERE", "VP007", "VP004")
	m.write(t, "logs/vp.log", []byte(logged(ok("mirrored"), ok("today"))))
	m.write(t, "logs/vp.log.1", []byte(logged(ok("older"), denied)))
	m.write(t, "work/copies/1.http", []byte(m.copy(t, receiver)))
	m.env = []string{
		"PATH=" + filepath.Dir(labtest.Rivgate(t)) + ":" + os.Getenv("PATH"),
		"VP=" + m.dir, "NEW=" + filepath.Join(m.dir, "new"), "LOGS=" + filepath.Join(m.dir, "logs"),
		"CONTRACT=" + getThing, "RECEIVER=" + receiver, "SENDER=" + consumerID,
		"REQUESTS=copies", "MIRROR=127.0.0.1:0",
	}
	must(t, os.Mkdir(filepath.Join(m.dir, "new"), 0o755))
	return m
}

// copy is a request as VP's proxy sent it on.
func (m *move) copy(t *testing.T, receiver string) string {
	t.Helper()
	return strings.Replace(copied(t, m.consumer, receiver, "mirrored"), "x-vp-auth-cert", "X-Forwarded-Tls-Client-Cert", 1)
}

// shell is a command as it would be pasted.
func (m *move) shell(command string) *exec.Cmd {
	run := exec.Command("sh", "-c", command)
	run.Dir, run.Env = filepath.Join(m.dir, "work"), m.env
	return run
}

// mirror runs the command that takes copies, sends it one, and ends it.
func (m *move) mirror(t *testing.T, command string) string {
	t.Helper()
	run, output := m.shell("exec "+command), &logBuffer{}
	run.Stdout, run.Stderr = output, output
	must(t, run.Start())
	t.Cleanup(func() { _ = run.Process.Kill() }) // nothing to kill where it has ended
	const said = "taking copies of requests at "
	eventually(t, "the mirror's address", func() bool { return len(output.lines(said)) > 0 })
	sender := lab.Caller{Address: strings.TrimPrefix(output.lines(said)[0], said)}
	answer, err := sender.Send(t.Context(), []byte(m.copy(t, "SE0000000001-1234")))
	must(t, err)
	if answer.Status != 204 {
		t.Errorf("HTTP %d for a copy", answer.Status)
	}
	must(t, run.Process.Signal(syscall.SIGTERM))
	if err := run.Wait(); err != nil {
		t.Errorf("%s: %v", command, err)
	}
	return strings.Join(output.lines(""), "\n")
}

// serve runs the configuration that was imported; ports alone are changed,
// because those of the example may be taken here.
func (m *move) serve(t *testing.T, command string) {
	t.Helper()
	path := filepath.Join(m.dir, "new", "rivgate.yaml")
	yaml, err := os.ReadFile(path)
	must(t, err)
	ports := regexp.MustCompile(`(address: "?(?:127\.0\.0\.1)?):\d+("?[,\s])`)
	must(t, os.WriteFile(path, []byte(ports.ReplaceAllString(string(yaml), "$1:0$2")), 0o600))
	m.running = serveBy(t, m.shell("exec "+command))
	m.env = append(m.env, "ADMIN="+m.running.admin(t))
}

// The page on moving is true from its first command to its last: a VP's folder
// becomes a gateway that serves, and until then no producer hears of it.
func TestMovingFromVP(t *testing.T) {
	m := newMove(t)
	steps := movingSteps(t)
	if len(steps) != 11 {
		t.Errorf("%d commands on the page", len(steps))
	}
	for _, step := range steps {
		var output string
		switch {
		case strings.Contains(step.command, "--listen "):
			output = m.mirror(t, step.command)
		case strings.HasPrefix(step.command, "rivgate serve "):
			for _, producer := range []*lab.Producer{m.usual, m.special} {
				if n := producer.Connections(); n != 0 || len(producer.Take()) != 0 {
					t.Errorf("%d connections to a producer before anything served", n)
				}
			}
			m.serve(t, step.command)
		default:
			out, err := m.shell(step.command).CombinedOutput()
			if output = string(out); err != nil {
				report, _ := os.ReadFile(filepath.Join(m.dir, "work", "report.txt"))
				t.Fatalf("%s: %v\n%s%s", step.command, err, output, report)
			}
		}
		if !strings.Contains(output, step.want) {
			t.Errorf("%s\nprints no %q:\n%s", step.command, step.want, output)
		}
	}
	reply := (&world{ca: m.ca, consumer: m.consumer}).callTo(t, m.running, "SE0000000001-1234")
	if reply.Status != 200 || len(m.usual.Take()) != 1 {
		t.Errorf("HTTP %d %+v", reply.Status, reply.Fault)
	}
	report, err := os.ReadFile(filepath.Join(m.dir, "work", "report.txt"))
	must(t, err)
	if want := fmt.Sprintf("0 different, 0 intended, %d the same, 0 not judged, of 4 calls\n", 4); !strings.HasPrefix(string(report), want) {
		t.Errorf("the report begins\n%s", report)
	}
}

// Every row of docs/deviations.md that the page names is there, and so is every
// page and heading that it leads to.
func TestMovingPageLeadsSomewhere(t *testing.T) {
	text, deviations := page(t, "docs/moving-from-vp.md"), page(t, "docs/deviations.md")
	rows := regexp.MustCompile(`(?m)^\* row (\d+):`).FindAllStringSubmatch(text, -1)
	if len(rows) < 5 {
		t.Errorf("%d rows named", len(rows))
	}
	for _, row := range rows {
		if !strings.Contains(deviations, "\n| "+row[1]+" | ") {
			t.Errorf("there is no row %s", row[1])
		}
	}
	for _, link := range regexp.MustCompile(`\]\(([a-z-]+\.md)?(?:#([a-z-]+))?\)`).FindAllStringSubmatch(text, -1) {
		target := text
		if link[1] != "" {
			target = page(t, "docs/"+link[1])
		}
		heading := strings.NewReplacer("'", "", " ", "-").Replace
		if link[2] != "" && !strings.Contains(strings.ToLower(heading(target)), "##-"+link[2]+"\n") {
			t.Errorf("no heading for %s", link[0])
		}
	}
}
