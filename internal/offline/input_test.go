package offline

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/linkerd-gcm/linkerd-gcm/inject"
	"github.com/linkerd-gcm/linkerd-gcm/internal/manifest"
	"github.com/linkerd-gcm/linkerd-gcm/settings"
)

const (
	annotated = "kind: Namespace\napiVersion: v1\nmetadata: {name: viz, annotations: {gcm.linkerd.io/inject: enabled, gcm.linkerd.io/project-id: my-project}}\n"
	silent    = "kind: Namespace\napiVersion: v1\nmetadata: {name: viz, annotations: {other: x}}\n"
	another   = "kind: Namespace\napiVersion: v1\nmetadata: {name: another}\n"
	pod       = `
kind: Pod
apiVersion: v1
metadata: {name: p, labels: {linkerd.io/extension: viz, component: prometheus}}
spec:
  containers: [{name: prometheus, args: [--storage.tsdb.path=/data], volumeMounts: [{name: data, mountPath: /data}]}]
  volumes: [{name: data}]
`
)

func TestNamespaces(t *testing.T) {
	type verdict struct {
		Namespace string
		Outcome   inject.Outcome
	}
	for name, test := range map[string]struct {
		texts     []string
		namespace string
		overlay   map[string]string
		want      verdict
	}{
		"the only one":                                 {[]string{annotated, pod}, "", nil, verdict{"viz", inject.Injected}},
		"the only one, after the pod":                  {[]string{pod, annotated}, "", nil, verdict{"viz", inject.Injected}},
		"none":                                         {[]string{pod}, "", nil, verdict{"default", inject.Skipped}},
		"one of several":                               {[]string{annotated, pod, another}, "", nil, verdict{"default", inject.Skipped}},
		"the one that is named":                        {[]string{annotated, pod, another}, "viz", nil, verdict{"viz", inject.Injected}},
		"one that is not there":                        {[]string{annotated, pod}, "other", nil, verdict{"other", inject.Skipped}},
		"one of two documents":                         {[]string{annotated, pod, silent}, "", nil, verdict{"viz", inject.Injected}},
		"one under other annotations":                  {[]string{annotated, pod}, "", map[string]string{settings.Inject: "disabled"}, verdict{"viz", inject.Skipped}},
		"one under other annotations, which are wrong": {[]string{annotated, pod}, "", map[string]string{settings.Location: "?"}, verdict{"viz", inject.Denied}},
	} {
		t.Run(name, func(t *testing.T) {
			input := Input{Namespace: test.namespace, Annotations: test.overlay}
			for _, text := range test.texts {
				file, err := manifest.Split("test.yaml", []byte(text))
				if err != nil {
					t.Fatal(err)
				}
				input.Files = append(input.Files, file)
			}
			verdicts, err := input.Decide(t.Context(), settings.Defaults{SidecarImage: "example.com/sidecar"}, "v1")
			if err != nil || len(verdicts) != 1 {
				t.Fatalf("%d verdicts, error %v", len(verdicts), err)
			}
			if diff := cmp.Diff(test.want, verdict{verdicts[0].Namespace, verdicts[0].Outcome}); diff != "" {
				t.Errorf("verdict (-want +got):\n%s", diff)
			}
		})
	}
}
