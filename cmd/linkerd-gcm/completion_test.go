package main

import (
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/cli-runtime/pkg/genericiooptions"
)

func TestCompletionProposesValues(t *testing.T) {
	server := everythingInstalled()
	server.lists["/api/v1/namespaces"] = []metav1.ObjectMeta{{Name: "linkerd-viz"}, {Name: "shop"}}
	here := server.start(t)
	for name, test := range map[string]struct {
		args []string
		want []string
	}{
		"outputs of check":  {[]string{"check", "-o", ""}, []string{"table\tfor people", "short\t"}},
		"outputs of lint":   {[]string{"lint", "--output", "s"}, []string{"sarif\tSARIF 2.1.0"}},
		"namespaces":        {[]string{"lint", "--kubeconfig", here, "--namespace", ""}, []string{"linkerd-viz\n", "shop\n"}},
		"contexts":          {[]string{"check", "--kubeconfig", here, "--context", ""}, []string{"here\n", "nowhere\n"}},
		"sidecars":          {[]string{"generate", "--sidecar", ""}, []string{"gcm-exporter\tthis project's own\nstackdriver\tGoogle's"}},
		"rules":             {[]string{"lint", "--explain", "CFG0"}, []string{"CFG014\tGoogle knows the location"}},
		"annotations":       {[]string{"inject", "--annotation", "loc"}, []string{"location=\tWhere the cluster runs", ":6\n"}},
		"a whole key":       {[]string{"inject", "--annotation", "gcm.linkerd.io/loc"}, []string{"gcm.linkerd.io/location=\tWhere"}},
		"its values":        {[]string{"inject", "--annotation", "sidecar-log-level=d"}, []string{"sidecar-log-level=debug\nsidecar-log-level=info\nsidecar-log-level=warn\nsidecar-log-level=error\n:4\n"}},
		"a whole key's":     {[]string{"inject", "--annotation", "gcm.linkerd.io/inject="}, []string{"gcm.linkerd.io/inject=enabled\ngcm.linkerd.io/inject=disabled\n:4\n"}},
		"values that vary":  {[]string{"inject", "--annotation", "metrics-prefix="}, []string{":4\n"}},
		"without a cluster": {[]string{"lint", "--kubeconfig", "none", "--namespace", ""}, []string{":4\n"}},
	} {
		t.Run(name, func(t *testing.T) {
			got := execute("", append([]string{"__complete"}, test.args...)...)
			for _, want := range test.want {
				if !strings.Contains(got.out, want) {
					t.Errorf("want %q in\n%s", want, got.out)
				}
			}
			if got.code != 0 {
				t.Errorf("exit code %d, stderr %s", got.code, got.errOut)
			}
		})
	}
}

func TestEveryOutputIsProposed(t *testing.T) {
	for _, cmd := range newRoot(genericiooptions.NewTestIOStreamsDiscard()).Commands() {
		if cmd.Flags().Lookup("output") != nil && len(outputs[cmd.Name()]) == 0 {
			t.Errorf("completion knows no output of %s", cmd.Name())
		}
	}
}
