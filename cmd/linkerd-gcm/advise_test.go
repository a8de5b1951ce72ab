package main

import (
	"fmt"
	"maps"
	"net/http"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/linkerd-gcm/linkerd-gcm/internal/golden"
)

func TestAdvise(t *testing.T) {
	plain := map[string]string{"/version": `{"gitVersion": "v1.34.4"}`, "/apis": `{"groups": []}`}
	operator := map[string]string{
		"/version": `{"gitVersion": "v1.34.4-gke.100"}`, "/apis": `{"groups": [{"name": "monitoring.coreos.com"}, {"name": "monitoring.googleapis.com"}]}`,
		"/apis/monitoring.coreos.com/v1/prometheuses": `{"items": [{"metadata": {"name": "k8s", "namespace": "monitoring"}, "spec": {"serviceAccountName": "prometheus-k8s"}}]}`,
		"/api/v1/namespaces/monitoring/pods":          `{"items": [{"metadata": {"labels": {"linkerd.io/control-plane-ns": "linkerd"}}}]}`,
		"/api/v1/namespaces/linkerd-viz/services":     `{"items": []}`,
	}
	unmeshed := maps.Clone(operator)
	unmeshed["/api/v1/namespaces/monitoring/pods"] = `{"items": [{}]}`
	unmeshed["/api/v1/namespaces/linkerd-viz/services"] = installedViz()["/api/v1/namespaces/linkerd-viz/services"]
	for name, test := range map[string]struct {
		args   string
		change map[string]string
	}{
		"plain":      {"", plain},
		"unmeshed":   {"", unmeshed},
		"operator":   {"", operator},
		"known":      {"--network 10.8.0.0/14", plain},
		"elsewhere ": {"--viz-namespace viz-system", plain},
	} {
		t.Run(name, func(t *testing.T) {
			server := installedViz()
			maps.Copy(server, test.change)
			kubeconfig := serve(t, server)
			got := execute("", append([]string{"advise", "--kubeconfig", kubeconfig}, strings.Fields(test.args)...)...)
			if got.code != 0 {
				t.Errorf("exit code %d", got.code)
			}
			golden.Compare(t, filepath.Join("advise", strings.TrimSpace(name)+".txt"), strings.ReplaceAll(got.out+"\n# On stderr:\n"+got.errOut, kubeconfig, "KUBECONFIG"))
			runAdvised(t, got.out)
		})
	}
}

// runAdvised runs each command of export as it is printed, through a shell.
func runAdvised(t *testing.T, out string) {
	t.Helper()
	count := 0
	for line := range strings.Lines(out) {
		command, is := strings.CutPrefix(strings.TrimSpace(line), "linkerd-gcm export ")
		if !is {
			continue
		}
		count++
		words, err := exec.CommandContext(t.Context(), "sh", "-c", "printf '%s\\n' export "+command).Output()
		if err != nil {
			t.Fatal(err)
		}
		got := execute("", strings.Split(strings.TrimSuffix(string(words), "\n"), "\n")...)
		if got.code != 0 || got.out == "" {
			t.Errorf("%s: exit code %d, stderr %s", command, got.code, got.errOut)
		}
	}
	if count == 0 {
		t.Error("no command is advised")
	}
}

// What may not be read is no fact, and nothing is advised for it.
func TestAdviseOfWhatMayNotBeRead(t *testing.T) {
	kubeconfig := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/version" {
			fmt.Fprint(w, `{"gitVersion": "v1.34.4"}`)
			return
		}
		refuse(w, "Forbidden", http.StatusForbidden, "forbidden: you may not")
	}))
	got := execute("", "advise", "--kubeconfig", kubeconfig)
	if got.code != 0 || strings.Contains(got.out, "linkerd-gcm ") || strings.Contains(got.out, "first choice") || strings.Contains(got.out, "not here") {
		t.Errorf("exit code %d", got.code)
	}
	golden.Compare(t, filepath.Join("advise", "unread.txt"), strings.ReplaceAll(got.out+"\n# On stderr:\n"+got.errOut, kubeconfig, "KUBECONFIG"))
}

func TestAdviseRefusals(t *testing.T) {
	for args, want := range map[string]string{
		"--viz-namespace A":   `--viz-namespace is "A": want the name of a namespace`,
		"--service-account a": `--service-account is "a", and where it is is not said: give --namespace, too`,
		"--kubeconfig none":   "there is no file none, which --kubeconfig names",
		"--network everybody": `--network is "everybody": want the network of the scraper's pods, such as 10.8.0.0/14`,
		"now":                 `linkerd-gcm advise takes no argument, but was given "now"`,
		"--context nowhere --kubeconfig " + serve(t, installedViz()): "reading /version: ",
	} {
		if got := execute("", append([]string{"advise"}, strings.Fields(args)...)...); got.code == 0 || got.out != "" || !strings.Contains(got.errOut, want) {
			t.Errorf("%s: exit code %d, stdout %q, want %q on stderr:\n%s", args, got.code, got.out, want, got.errOut)
		}
	}
}
