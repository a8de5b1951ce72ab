package routes

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"github.com/linkerd-gcm/linkerd-gcm/e2e/kubeclient"
	"github.com/linkerd-gcm/linkerd-gcm/e2e/process/processtest"
)

// shells read commands on stdin, as of a script or as they are typed. In a session of its own,
// an interactive shell leaves the terminal of the tests alone.
var shells = []struct {
	name    string
	command []string
}{
	{"sh", []string{"sh"}},
	{"bash", []string{"bash"}},
	{"bash interactive", []string{"setsid", "--wait", "bash", "--norc", "-i"}},
	{"dash", []string{"dash"}},
	{"busybox", []string{"busybox", "ash"}}, // which is sh in many images
	{"zsh", []string{"zsh", "-f"}},
	{"zsh interactive", []string{"setsid", "--wait", "zsh", "-f", "-i"}},
	{"fish", []string{"fish", "--no-config"}},
	{"fish interactive", []string{"setsid", "--wait", "fish", "--no-config", "-i"}},
}

// requireShell skips the test, with the reason, where a shell is missing. In CI, the test
// fails instead.
func requireShell(t *testing.T, command []string) {
	t.Helper()
	for _, program := range command {
		if strings.HasPrefix(program, "-") || program == "ash" {
			continue
		}
		if _, err := exec.LookPath(program); err == nil {
			continue
		}
		const missing = "the program %s is not installed: `make test-packages` installs it (on Debian and Ubuntu)"
		if os.Getenv("CI") == "true" {
			t.Fatalf(missing, program)
		}
		t.Skipf(missing, program)
	}
}

// everySpecial is what one shell or the other expands in double quotes, and what people write.
const everySpecial = "$HOME $(id) `id` ${x} !! !a %PATH% %28% ^a 100% \\ 'q' \"q\" #a &a |a <a> ;a ~ {a,b} [a] * ? größe “ ” ‘ é €"

// TestCommandsOfTheAPIRunAsPrinted runs each command through several shells, and wants
// Prometheus to be asked just what was to be asked.
func TestCommandsOfTheAPIRunAsPrinted(t *testing.T) {
	t.Parallel()
	m := newMesh(t, 5)
	from, local := m.startViz(), processtest.FreeAddress(t)
	forward(t, local, from)
	_, port, _ := net.SplitHostPort(local)
	m.awaitScraped(from)
	query := fmt.Sprintf(`label_replace(count by (namespace) (response_total{job="linkerd-proxy",pod!="web $"} > 0), "asked", %s, "", "")`,
		strconv.Quote(strings.ReplaceAll(everySpecial, "$", "$$")))
	text := m.printed("linkerd-gcm export api --query '" + strings.ReplaceAll(query, "'", `'\''`) + "' --local-port " + port + " --viz-namespace " + m.namespace)
	var curls, kubectls []string
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		switch {
		case strings.HasPrefix(line, "curl ") && strings.Contains(line, "//localhost:"):
			curls = append(curls, line)
		case strings.HasPrefix(line, "kubectl "):
			kubectls = append(kubectls, line)
		}
	}
	if len(curls) != 3 || len(kubectls) < 2 {
		t.Errorf("%d commands of curl and %d of kubectl in\n%s", len(curls), len(kubectls), text)
	}
	for _, shell := range shells {
		t.Run(shell.name, func(t *testing.T) {
			requireShell(t, shell.command)
			for _, line := range curls {
				out, err := m.run(line+"\n", shell.command[0], shell.command[1:]...)
				if err != nil || !strings.Contains(out, m.shop()) {
					t.Errorf("error %v, want %s, %s prints:\n%s", err, m.shop(), line, out)
				}
				if strings.Contains(line, "query=") {
					expectAsked(t, line, out)
				}
			}
			for _, line := range kubectls {
				m.expectUnderstood(t, line, shell.command)
			}
		})
	}
}

// awaitScraped waits until a Prometheus has had series of the proxies for two seconds: what a
// range ends with is of a whole second.
func (m *mesh) awaitScraped(address string) {
	m.t.Helper()
	err := kubeclient.Eventually(m.t.Context(), "Prometheus has scraped", func(ctx context.Context) error {
		all, err := series(ctx, address, `response_total{job="linkerd-proxy"} offset 2s`)
		if err == nil && len(all) == 0 {
			err = errors.New("it has no series")
		}
		return err
	})
	if err != nil {
		m.t.Fatal(err)
	}
}

// expectAsked wants an answer of Prometheus to have the label that everySpecial is in.
func expectAsked(t *testing.T, line, out string) {
	t.Helper()
	var answer struct {
		Data struct {
			Result []struct{ Metric map[string]string }
		}
	}
	if err := json.Unmarshal([]byte(out), &answer); err != nil || len(answer.Data.Result) == 0 {
		t.Errorf("error %v, %s prints:\n%s", err, line, out)
		return
	}
	if got := answer.Data.Result[0].Metric["asked"]; got != everySpecial {
		t.Errorf("Prometheus was asked for %q, want %q, by %s", got, everySpecial, line)
	}
}

// expectUnderstood runs a command of kubectl, which must fail only because there is no node.
func (m *mesh) expectUnderstood(t *testing.T, line string, shell []string) {
	t.Helper()
	out, err := m.run(line+"\n", shell[0], shell[1:]...)
	if err == nil {
		t.Errorf("without a node, %s prints %s", line, out)
		return
	}
	for _, reason := range []string{"does not have a host assigned", "no endpoints available", "pod is not assigned", "unable to upgrade connection"} {
		if strings.Contains(err.Error(), reason) {
			return
		}
	}
	t.Errorf("%s fails not for the want of a node: %v", line, err)
}

// forward serves an address by another, as kubectl port-forward does.
func forward(t *testing.T, local, remote string) {
	t.Helper()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", local)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			in, err := listener.Accept()
			if err != nil {
				return // the test is over
			}
			out, err := (&net.Dialer{}).DialContext(context.WithoutCancel(t.Context()), "tcp", remote)
			if err != nil {
				in.Close()
				continue
			}
			go func() { _, _ = io.Copy(out, in); out.Close() }()
			go func() { _, _ = io.Copy(in, out); in.Close() }()
		}
	}()
}
