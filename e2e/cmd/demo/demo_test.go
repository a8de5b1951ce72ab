package main

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/linkerd-gcm/linkerd-gcm/e2e/filelock"
	"github.com/linkerd-gcm/linkerd-gcm/internal/checkout"
)

// commands are what the demonstration prints after "$", with their continuation lines.
var commands = regexp.MustCompile(`(?m)^   \$ ((?:.*\\\n)*.*)$`)

// Whoever pastes the demonstration's commands, one after the other, into a shell that knows
// nothing of the cluster gets through to the end.
func TestEveryCommandOfTheDemoCanBePasted(t *testing.T) {
	if testing.Short() {
		t.Skip("-short starts no API server")
	}
	root, err := checkout.Root()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	program := func(name string) string {
		path := filepath.Join(t.TempDir(), name)
		must(t, root, "go", "-C", "e2e", "build", "-o", path, "./cmd/"+name)
		return path
	}
	cluster, demo := program("cluster"), program("demo")
	must(t, root, "make", "build")
	t.Cleanup(func() {
		if out, err := exec.Command(cluster, "down", "--dir", dir).CombinedOutput(); err != nil {
			t.Errorf("%v\n%s", err, out)
		}
		// The injector sees a moment later that the control plane has ended.
		ended, err := filelock.Wait(context.Background(), filepath.Join(dir, "injector.lock"))
		if err != nil {
			t.Fatal(err)
		}
		if err := ended.Close(); err != nil {
			t.Error(err)
		}
	})
	must(t, root, cluster, "up", "--dir", dir)
	shown := must(t, root, demo, "--dir", dir)

	var script strings.Builder
	for _, found := range commands.FindAllStringSubmatch(shown, -1) {
		if target, isMake := strings.CutPrefix(found[1], "make "); isMake {
			must(t, root, "make", append([]string{"--dry-run"}, strings.Fields(target)...)...)
			continue
		}
		script.WriteString(found[1] + "\n")
	}
	pasted := exec.CommandContext(t.Context(), "bash", "-e", "-o", "pipefail")
	pasted.Dir, pasted.Stdin = t.TempDir(), strings.NewReader(script.String())
	pasted.Env = []string{"PATH=/usr/bin:/bin", "HOME=" + t.TempDir()}
	if printed, err := pasted.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s\nthe commands were:\n%s", err, printed, script.String())
	}
	for _, want := range []string{"linkerd-gcm install", "helm upgrade", "kubectl annotate", "kubectl create namespace", "linkerd-gcm generate"} {
		if !strings.Contains(script.String(), want) {
			t.Errorf("the demonstration has no command %q:\n%s", want, shown)
		}
	}
	versionsAgree(t, root, shown)
}

// versionsAgree wants the program that make build has made to be of the version that the
// demonstration's injector records on the pod.
func versionsAgree(t *testing.T, root, shown string) {
	t.Helper()
	version := strings.TrimSpace(must(t, root, filepath.Join("bin", "linkerd-gcm"), "version", "--client", "--short"))
	if !strings.Contains(shown, `"`+version+`"`) {
		t.Errorf("the pod's record is not of version %s:\n%s", version, shown)
	}
}

// must runs a command in the repository's root, and returns what it prints.
func must(t *testing.T, root, name string, arguments ...string) string {
	t.Helper()
	command := exec.CommandContext(t.Context(), name, arguments...)
	command.Dir, command.Env = root, os.Environ()
	var messages bytes.Buffer
	command.Stderr = &messages
	printed, err := command.Output()
	if err != nil {
		t.Fatalf("%s %v: %v\n%s%s", name, arguments, err, printed, messages.String())
	}
	return string(printed)
}
