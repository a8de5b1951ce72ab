package lint

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
)

// TestASidecarByHand reads the selectors of a sidecar that somebody else put into
// the pod, each at the word of the command line where it stands.
func TestASidecarByHand(t *testing.T) {
	for name, test := range map[string]struct {
		command, args []string
		want          []string
	}{
		"in either form": {
			command: []string{"/bin/stackdriver-prometheus-sidecar", "--include={a=~(}"},
			args:    []string{"--include", "{", "--web.enable-statusz", "--include=x:y"},
			want: []string{
				`SEL001 error spec.containers[1].args[1]:1:2+0 selector {: the selector ends before its closing }`,
				`SEL001 error spec.containers[1].command[1]:1:15+1 selector {a=~(}: unexpected character "(" inside braces`,
			},
		},
		"none at all": {
			command: []string{"/bin/stackdriver-prometheus-sidecar"},
			want:    []string{`SEL007 error spec.containers[1]:0:0+0 container "sidecar" has no --include: it exports every series that Prometheus has`},
		},
		"filters, each wrong in its own way": {
			command: []string{"/bin/stackdriver-prometheus-sidecar", `--filter=job="x"`, `--filter=b`},
			args:    []string{`--filter={c="d"}`, `--filter='e="f"'`, "--filter", `"{g=\"h\"}"`, `--filter=i=j`},
			want: []string{
				`SEL001 error spec.containers[1].args[0]:1:10+7 --filter={c="d"}: the braces are too many: the sidecar puts them around all filters together`,
				`SEL012 error spec.containers[1].args[1]:1:10+7 --filter='e="f"' has quotes around it, which no shell removes`,
				`SEL012 error spec.containers[1].args[3]:1:1+11 --filter="{g=\"h\"}" has quotes around it, which no shell removes`,
				`SEL001 error spec.containers[1].args[4]:1:12+1 --filter=i=j: expected a quoted string after i=, found "j"`,
				`SEL001 error spec.containers[1].command[2]:1:11+1 --filter=b: expected =, !=, =~ or !~ after label b, found its end`,
			},
		},
		"filters that are wrong together": {
			command: []string{"/bin/stackdriver-prometheus-sidecar", `--filter=job="x",`, `--filter=b="c"`},
			want:    []string{`SEL001 error spec.containers[1].command[1]:1:10+0 --filter=job="x",,b="c": expected a label name, found ","`},
		},
		"filters that match everything": {
			command: []string{"/bin/stackdriver-prometheus-sidecar", `--filter=job!="x"`},
			want:    []string{`SEL002 error spec.containers[1].command[1]:1:9+10 --filter=job!="x": every matcher also matches a missing label: the sidecar wants at least one that doesn't, such as {__name__=~".+"}`},
		},
		"filters that are right": {
			command: []string{"/bin/stackdriver-prometheus-sidecar", `--filter=job="x"`, `--filter=b!="c"`},
			want:    []string{},
		},
		"in a script": {
			command: []string{"/bin/sh", "-c"},
			args: []string{"until [ -d /data/wal ]; do sleep 1; done\n" +
				"exec /bin/stackdriver-prometheus-sidecar --include='{a=~(}' \\\n  --include={b=\"c\"} --include=\"{d=\\\"e\\\"}\" --filter=f=g --include=\"$REST\""},
			want: []string{
				`SEL001 error spec.containers[1].args[0]:2:57+1 selector {a=~(}: unexpected character "(" inside braces`,
				`SEL001 error spec.containers[1].args[0]:3:13+0 selector {b=c}: expected a quoted string after b=, found "c"`,
				`SEL001 error spec.containers[1].args[0]:3:54+1 --filter=f=g: expected a quoted string after f=, found "g"`,
			},
		},
		"a variable": {
			command: []string{"/bin/stackdriver-prometheus-sidecar", `--include=x:y{a="$(B)"}`, `--include=x:y{a="$$(B)"}`},
			want:    []string{`SEL011 info spec.containers[1].command[1]:1:11+13 the kubelet replaces $(...) in x:y{a="$(B)"} if there is a variable of that name`},
		},
		"quotes of a shell": {
			command: []string{"/bin/stackdriver-prometheus-sidecar", `--include='{a="b"}'`},
			want:    []string{`SEL012 error spec.containers[1].command[1]:1:11+9 selector '{a="b"}' has quotes around it, which no shell removes`},
		},
	} {
		t.Run(name, func(t *testing.T) {
			in := Input{Pod: &Pod{Object: Object{Kind: "Pod", Name: "p"}, Path: "spec", Spec: &corev1.PodSpec{
				Containers: []corev1.Container{{Name: "prometheus"}, {Name: "sidecar", Command: test.command, Args: test.args}},
			}}}
			got := slices.DeleteFunc(brief(Checked(t, in)), func(line string) bool {
				return !strings.HasPrefix(line, "SEL") || strings.HasPrefix(line, "SEL009") || strings.HasPrefix(line, "SEL008")
			})
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("findings (-want +got):\n%s", diff)
			}
		})
	}
}
