package main

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestCheckUsage(t *testing.T) {
	for name, test := range map[string]struct {
		args []string
		want string
	}{
		"an unknown output":     {[]string{"-o", "yaml"}, `--output is "yaml": want table, json or short`},
		"both before and after": {[]string{"--pre", "--proxy"}, "--pre and --proxy cannot be given together: nothing runs before the installation"},
		"an invalid time":       {[]string{"--wait", "long"}, `--wait is "long": want a duration, such as 30s; see linkerd-gcm check --help`},
	} {
		t.Run(name, func(t *testing.T) {
			want := outcome{2, "", "linkerd-gcm: " + test.want + "\n"}
			if diff := cmp.Diff(want, execute("", append([]string{"check"}, test.args...)...), cmp.AllowUnexported(outcome{})); diff != "" {
				t.Errorf("outcome (-want +got):\n%s", diff)
			}
		})
	}
}

// Linkerd takes whatever is not JSON for a crash, so that a cluster which cannot be
// reached is a failed check.
func TestCheckWithoutACluster(t *testing.T) {
	t.Setenv("KUBECONFIG", "none")
	t.Setenv("HOME", t.TempDir())
	for name, test := range map[string]struct {
		args []string
		want string
	}{
		"no kubeconfig at all": {nil, "no cluster is known, since none does not exist: name a kubeconfig file with --kubeconfig or in $KUBECONFIG"},
		"no such file":         {[]string{"--kubeconfig=none"}, "there is no file none, which --kubeconfig names"},
		"no server answers":    {[]string{"--kubeconfig=" + everythingInstalled().start(t), "--context=nowhere"}, "asking the API server for its version"},
	} {
		t.Run(name, func(t *testing.T) {
			got := execute("", append([]string{"check", "--output=json", "--as-group=[]"}, test.args...)...)
			var said struct {
				Success    bool
				Categories []struct {
					Checks []struct{ Error, Result string }
				}
			}
			if err := json.Unmarshal([]byte(got.out), &said); err != nil {
				t.Fatal(err)
			}
			if got.code != 1 || got.errOut != "" || said.Success || len(said.Categories) != 1 || len(said.Categories[0].Checks) != 1 {
				t.Fatalf("got %+v", got)
			}
			if one := said.Categories[0].Checks[0]; one.Result != "error" || !strings.Contains(one.Error, test.want) {
				t.Errorf("got %+v, want %q", one, test.want)
			}
		})
	}
}

func TestCheckIgnoresUnknownFlags(t *testing.T) {
	got := execute("", "check", "--of-a-newer-linkerd=yes", "--kubeconfig=none", "-o", "short")
	if got.code != 1 || !strings.HasSuffix(got.out, "\nStatus check results are ×\n") {
		t.Errorf("got %+v", got)
	}
}
