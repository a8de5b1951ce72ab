package check

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	appsv1 "k8s.io/api/apps/v1"

	"github.com/linkerd-gcm/linkerd-gcm/manifests"
	"github.com/linkerd-gcm/linkerd-gcm/settings"
)

// outcome is what a run of linkerd-gcm check says.
type outcome struct {
	code        int
	out, errOut string
}

// check runs linkerd-gcm check.
func check(t *testing.T, kubeconfig string, arguments ...string) outcome {
	t.Helper()
	got, err := execute(t.Context(), append([]string{"check", "--kubeconfig=" + kubeconfig}, arguments...)...)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// execute runs the CLI. An exit code other than 0 is not an error.
func execute(ctx context.Context, arguments ...string) (outcome, error) {
	command := exec.CommandContext(ctx, linkerdGCM, arguments...)
	var out, errOut strings.Builder
	command.Stdout, command.Stderr = &out, &errOut
	err := command.Run()
	var failed *exec.ExitError
	if err != nil && !errors.As(err, &failed) {
		return outcome{}, err
	}
	return outcome{command.ProcessState.ExitCode(), out.String(), errOut.String()}, nil
}

// forms are the outputs that have golden files.
var forms = []string{"table", "json"}

// hash matches a character of the names that Kubernetes generates.
const hash = `[bcdfghjklmnpqrstvwxz2456789]`

// varying are the parts of an output that differ from run to run.
var varying = []struct {
	pattern     *regexp.Regexp
	replacement string
}{
	{regexp.MustCompile(`(^|[^-\w])viz-[a-z-]+\b`), "${1}linkerd-viz"},
	{regexp.MustCompile(`\b(prometheus|gcm-injector)(-` + hash + `{6,10})?(-` + hash + `{5})\b`), "$1-HASH"},
	{regexp.MustCompile(`\b(prometheus|gcm-injector)-` + hash + `{6,10}\b`), "$1-HASH"},
	{regexp.MustCompile(`127\.0\.0\.1:\d+`), "ADDRESS"},
	{regexp.MustCompile(`has not created a pod for \w+`), "has not created a pod for AGE"},
	{regexp.MustCompile(`\d{4}-\d\d-\d\dT[0-9:]+(\.\d+)?Z`), "TIME"},
}

// golden compares the table and the JSON with files of the test's name.
func golden(t *testing.T, kubeconfig string, code int, arguments ...string) {
	t.Helper()
	for _, form := range forms {
		_, state, _ := strings.Cut(t.Name(), "/")
		compare(t, state+"."+form, check(t, kubeconfig, append(arguments, "--output="+form)...), code)
	}
}

func TestNothingInstalled(t *testing.T) {
	for _, form := range forms {
		compare(t, "nothing-installed."+form, before[form], 1)
	}
}

func compare(t *testing.T, name string, got outcome, code int) {
	t.Helper()
	if got.code != code || got.errOut != "" {
		t.Errorf("%s: exit code %d, want %d, stderr %q", name, got.code, code, got.errOut)
	}
	text := got.out
	for _, v := range varying {
		text = v.pattern.ReplaceAllString(text, v.replacement)
	}
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), text); diff != "" {
		t.Errorf("%s (-want +got), go test -update writes it:\n%s", file, diff)
	}
}

// linkerdOutput is what Linkerd decodes (linkerd2, pkg/healthcheck/healthcheck_output.go).
type linkerdOutput struct {
	Success    *bool `json:"success"`
	Categories []struct {
		Name   string `json:"categoryName"`
		Checks []struct {
			Description string `json:"description"`
			Hint        string `json:"hint"`
			Error       string `json:"error"`
			Result      string `json:"result"`
		} `json:"checks"`
	} `json:"categories"`
}

// decode reads the JSON as Linkerd does, and returns the failed checks.
func decode(t *testing.T, out string) (whole linkerdOutput, failed []string) {
	t.Helper()
	if err := json.Unmarshal([]byte(out), &whole); err != nil {
		t.Fatalf("%v in %s", err, out)
	}
	for _, c := range whole.Categories {
		for _, one := range c.Checks {
			if (one.Error != "") != (one.Result != "success") {
				t.Errorf("%s: result %q with error %q", one.Description, one.Result, one.Error)
			}
			for line := range strings.SplitSeq(one.Error, "\n") {
				if line != one.Error && !strings.HasPrefix(one.Error, line) && !strings.HasPrefix(line, "    ") {
					t.Errorf("%s: Linkerd would print this line without an indentation: %s", one.Description, line)
				}
			}
			if one.Error != "" {
				failed = append(failed, fmt.Sprintf("%s %s: %s", one.Result, one.Description, one.Error))
			}
		}
	}
	return whole, failed
}

// linkerdsArguments are all flags that Linkerd has itself, which it passes to extensions
// before --output=json (linkerd2, cli/cmd/check.go).
var linkerdsArguments = []string{
	"--api-addr=", "--context=", "--as=", "--as-group=[]", "--linkerd-namespace=linkerd",
	"--verbose=false", "--namespace=", "--proxy=false", "--wait=5m0s",
}

func TestLinkerdsArguments(t *testing.T) {
	healthy(t, "viz-linkerd")
	got := check(t, kubernetes.Kubeconfig, append(linkerdsArguments, "--of-a-newer-linkerd=yes", "--output=json")...)
	whole, failed := decode(t, got.out)
	if got.code != 0 || got.errOut != "" || len(failed) > 0 || whole.Success == nil || !*whole.Success {
		t.Errorf("exit code %d, stderr %q, failed checks %q", got.code, got.errOut, failed)
	}
	var names []string
	for _, c := range whole.Categories {
		names = append(names, c.Name)
	}
	if diff := cmp.Diff([]string{"linkerd-gcm-kubernetes", "linkerd-gcm", "linkerd-gcm-data-plane"}, names); diff != "" {
		t.Errorf("categories (-want +got):\n%s", diff)
	}
}

// A namespace of an application, which Linkerd passes on, has nothing to check.
func TestNamespaces(t *testing.T) {
	s := healthy(t, "viz-of-many")
	broken := installed(t, "viz-broken")
	broken.annotate(annotations)
	for name, test := range map[string]struct {
		namespace string
		code      int
		want      []string
	}{
		"that is linkerd-viz'":    {s.name, 0, nil},
		"that is broken":          {broken.name, 1, []string{"error Prometheus' pods can be created"}},
		"of an application":       {"default", 0, nil},
		"that does not exist":     {"viz-missing", 0, []string{"warning linkerd-viz is installed: there is no namespace viz-missing"}},
		"all, one of them broken": {"", 1, []string{"error Prometheus' pods can be created: namespace viz-broken has no pod"}},
	} {
		t.Run(name, func(t *testing.T) {
			got := check(t, kubernetes.Kubeconfig, "--proxy", "--wait=0s", "--output=json", "--namespace="+test.namespace)
			whole, failed := decode(t, got.out)
			for i, f := range failed {
				if i >= len(test.want) || !strings.HasPrefix(f, test.want[i]) {
					t.Errorf("failed checks %q, want %q", failed, test.want)
				}
			}
			if got.code != test.code || len(failed) != len(test.want) {
				t.Errorf("exit code %d, failed checks %q", got.code, failed)
			}
			for _, c := range whole.Categories {
				if c.Name == "linkerd-gcm" {
					t.Error("--proxy checks the injector")
				}
			}
		})
	}
}

// What is not ready yet is waited for, and reported once.
func TestWait(t *testing.T) {
	s := healthy(t, "viz-waited-for")
	s.run(s.pod, startedBeforePrometheus)
	command := exec.CommandContext(t.Context(), linkerdGCM, "check", "--kubeconfig="+kubernetes.Kubeconfig, "--wait=1m", "--verbose", "--output=json")
	var out strings.Builder
	command.Stdout = &out
	messages, err := command.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(messages)
	for waited := false; lines.Scan(); {
		if !waited && strings.Contains(lines.Text(), `waiting for "the sidecars are running"`) {
			s.run(s.pod)
			waited = true
		}
	}
	if err := command.Wait(); err != nil {
		t.Errorf("%v: %s", err, out.String())
	}
	if whole, failed := decode(t, out.String()); len(failed) > 0 || !*whole.Success {
		t.Errorf("failed checks %q", failed)
	}
}

// A refusal does not pass by itself: nobody waits for it, and the reason is today's, not
// the one with which Kubernetes began to count. Once it would be accepted, check says how
// not to wait for the ReplicaSet.
func TestARefusalIsReportedAtOnce(t *testing.T) {
	s := healthy(t, "viz-refused-at-once")
	s.annotateUnchecked(settings.ProjectID, "")
	s.helm("a pod that is refused")
	s.awaitRefusal()
	s.annotateUnchecked(settings.Location, "<LOCATION>")
	s.annotateUnchecked(settings.ProjectID, "my-project")
	got := check(t, kubernetes.Kubeconfig, "--proxy", "--namespace="+s.name, "--wait=5m")
	for _, want := range []string{"and the next one would be refused, too: ", "annotation gcm.linkerd.io/location of the namespace is"} {
		if !strings.Contains(got.out, want) {
			t.Errorf("want %q in\n%s", want, got.out)
		}
	}
	if strings.Contains(got.out, "project-id") || got.code != 1 {
		t.Errorf("exit code %d, and the reason of some minutes ago is still shown:\n%s", got.code, got.out)
	}
	s.annotateUnchecked(settings.Location, "us-central1")
	got = check(t, kubernetes.Kubeconfig, "--proxy", "--namespace="+s.name, "--wait=0s")
	want := "but the next one would not be refused: it tries again by itself within a quarter of an hour, or run kubectl -n " + s.name + " rollout restart deployment/prometheus now"
	again := "√ Prometheus' pods can be created"
	if !strings.Contains(got.out, want) && !strings.Contains(got.out, again) { // unless the ReplicaSet has just tried again
		t.Errorf("want %q in\n%s", want, got.out)
	}
}

// Plain linkerd check runs the checks of every extension whose program it finds.
func TestLinkerdOnAClusterWithoutLinkerdGCM(t *testing.T) {
	if diff := cmp.Diff(outcome{out: "{\n  \"success\": true,\n  \"categories\": []\n}\n"}, before["linkerd"], cmp.AllowUnexported(outcome{})); diff != "" {
		t.Errorf("linkerd check of a cluster without linkerd-gcm (-want +got):\n%s", diff)
	}
	whole, failed := decode(t, before["linkerd, annotated"].out)
	if len(failed) != 1 || !strings.HasPrefix(failed[0], "warning the namespace of linkerd-gcm exists: linkerd-gcm is not installed, and these namespaces ask for its sidecar: viz-before; run ") {
		t.Errorf("failed checks %q", failed)
	}
	if before["linkerd, annotated"].code != 0 || !*whole.Success {
		t.Errorf("exit code %d", before["linkerd, annotated"].code)
	}
}

// The version is the program's, which answers a dry run, and not that of a label.
func TestVersion(t *testing.T) {
	s := healthy(t, "viz-version")
	change(s, manifests.DefaultNamespace, "gcm-injector", &appsv1.Deployment{}, func(d *appsv1.Deployment) {
		d.Labels["app.kubernetes.io/version"] = "5d11d99"
	})
	for name, test := range map[string]struct {
		arguments []string
		want      outcome
	}{
		"for people":   {nil, outcome{0, "Client version: dev\nServer version: dev\n", ""}},
		"for programs": {[]string{"-o", "json"}, outcome{0, "{\n  \"clientVersion\": \"dev\",\n  \"serverVersion\": \"dev\",\n  \"serverVersionFrom\": \"injector\"\n}\n", ""}},
	} {
		got, err := execute(t.Context(), append([]string{"version", "--kubeconfig=" + kubernetes.Kubeconfig}, test.arguments...)...)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(test.want, got, cmp.AllowUnexported(outcome{})); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// Linkerd always checks an extension whose file has such a name and which says so in its
// metadata.
func TestLinkerdFindsTheExtension(t *testing.T) {
	extension := filepath.Join(t.TempDir(), "linkerd-gcm") // as make build names it
	if err := os.Symlink(linkerdGCM, extension); err != nil {
		t.Fatal(err)
	}
	out, err := exec.CommandContext(t.Context(), extension, "_extension-metadata").Output()
	if err != nil {
		t.Fatal(err)
	}
	var metadata struct{ Name, Checks string }
	if err := json.Unmarshal(out, &metadata); err != nil {
		t.Fatal(err)
	}
	if metadata.Name != filepath.Base(extension) || metadata.Checks != "always" {
		t.Errorf("Linkerd would not run checks of %+v", metadata)
	}
}
