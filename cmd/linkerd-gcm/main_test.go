package main

import (
	"context"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/cobra"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/linkerd-gcm/linkerd-gcm/internal/golden"
)

// outcome is all that a command line says.
type outcome struct {
	code        int
	out, errOut string
}

func execute(stdin string, args ...string) outcome {
	streams, in, out, errOut := genericiooptions.NewTestIOStreams()
	in.WriteString(stdin)
	code := run(context.Background(), streams, args)
	return outcome{code, out.String(), errOut.String()}
}

func TestHelp(t *testing.T) {
	streams, _, _, _ := genericiooptions.NewTestIOStreams()
	root := newRoot(streams)
	var visit func(cmd *cobra.Command)
	visit = func(cmd *cobra.Command) {
		if cmd.Parent() != nil && cmd.Parent().Name() == "completion" {
			return // cobra's own words
		}
		path := strings.Fields(cmd.CommandPath())
		t.Run(strings.Join(path, " "), func(t *testing.T) {
			got := execute("", append(path[1:], "--help")...)
			if got.code != 0 || got.errOut != "" {
				t.Errorf("exit code %d, stderr %q", got.code, got.errOut)
			}
			golden.Compare(t, filepath.Join("help", strings.Join(path, "-")+".txt"), got.out)
		})
		for _, child := range cmd.Commands() {
			visit(child)
		}
	}
	visit(root)
}

func TestCommandLines(t *testing.T) {
	for name, test := range map[string]struct {
		args []string
		want outcome
	}{
		"the version":           {[]string{"version", "--client"}, outcome{0, "Client version: dev\n", ""}},
		"the version's number":  {[]string{"version", "--client", "--short"}, outcome{0, "dev\n", ""}},
		"the extension's place": {[]string{"_extension-metadata"}, outcome{0, `{"name":"linkerd-gcm","checks":"always"}` + "\n", ""}},
		"every flag that Linkerd passes": {
			[]string{"version", "--client", "--short", "--api-addr=", "--context=c", "--as=me", "--as-group=[]", "--kubeconfig=k", "-L", "linkerd", "--verbose=false"},
			outcome{0, "dev\n", ""},
		},
		"an unknown command": {
			[]string{"vershun"},
			outcome{2, "", `linkerd-gcm: there is no command "vershun"; did you mean "version"? See linkerd-gcm --help` + "\n"},
		},
		"an unknown flag": {
			[]string{"version", "--shrt"},
			outcome{2, "", "linkerd-gcm: there is no flag --shrt; did you mean --short? See linkerd-gcm version --help\n"},
		},
		"an unknown letter": {
			[]string{"version", "-x"},
			outcome{2, "", "linkerd-gcm: unknown shorthand flag: 'x' in -x; see linkerd-gcm version --help\n"},
		},
		"a flag without its value": {
			[]string{"version", "--context"},
			outcome{2, "", "linkerd-gcm: --context is given without a value; see linkerd-gcm version --help\n"},
		},
		"an argument too many": {
			[]string{"version", "now"},
			outcome{2, "", `linkerd-gcm: linkerd-gcm version takes no argument, but was given "now"; see linkerd-gcm version --help` + "\n"},
		},
		"an unknown shell": {
			[]string{"completion", "fisch"},
			outcome{2, "", `linkerd-gcm: there is no command "fisch"; did you mean "fish"? See linkerd-gcm completion --help` + "\n"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, execute("", test.args...), cmp.AllowUnexported(outcome{})); diff != "" {
				t.Errorf("outcome (-want +got):\n%s", diff)
			}
		})
	}
}

func TestCompletionKnowsTheCommands(t *testing.T) {
	got := execute("", "completion", "bash")
	if got.code != 0 || !strings.Contains(got.out, "__start_linkerd-gcm") {
		t.Errorf("exit code %d, stderr %q, %d bytes on stdout", got.code, got.errOut, len(got.out))
	}
	got = execute("", "__complete", "vers")
	if !strings.HasPrefix(got.out, "version\t") {
		t.Errorf("completing vers: %q", got.out)
	}
}
