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
		"filters, which are one selector together": {
			command: []string{"/bin/stackdriver-prometheus-sidecar", `--filter=job="x"`, `--filter=b`},
			want: []string{
				`SEL009 info spec.containers[1].command[1]:1:10+7 --filter=job="x" is deprecated, and selects nothing by itself: all --filter flags together are one more selector`,
				`SEL001 error spec.containers[1].command[1]:1:19+1 selector {job="x",b}: expected =, !=, =~ or !~ after label b, found "}"`,
				`SEL009 info spec.containers[1].command[2]:1:10+1 --filter=b is deprecated, and selects nothing by itself: all --filter flags together are one more selector`,
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
			got := slices.DeleteFunc(brief(Checked(t, in)), func(line string) bool { return !strings.HasPrefix(line, "SEL") })
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("findings (-want +got):\n%s", diff)
			}
		})
	}
}
