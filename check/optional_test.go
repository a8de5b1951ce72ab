package check

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/linkerd-gcm/linkerd-gcm/check/cluster"
	"github.com/linkerd-gcm/linkerd-gcm/internal/names"
)

// Linkerd runs the checks of every extension whose program it finds, also on clusters that
// never had linkerd-gcm.
func TestAnOptionalInstallation(t *testing.T) {
	const missing = "linkerd-gcm is not installed, and these namespaces ask for its sidecar: linkerd-viz; run " + applyAgain
	for name, test := range map[string]struct {
		objects []client.Object
		want    []Result
	}{
		"nobody has heard of it": {objects: []client.Object{namespaceOf(names.VizExtension, "linkerd-viz")}},
		"a namespace asks":       {[]client.Object{askingNamespace()}, []Result{{Check: Check{ID: "namespace"}, Warning: true}}},
		"half of it is there":    {[]client.Object{validatingConfiguration("linkerd-gcm")}, []Result{{Check: Check{ID: "some"}}}},
	} {
		t.Run(name, func(t *testing.T) {
			reader := clusterServing(t, nil, test.objects...)
			var got []Result
			observe := func(r Result) {
				if r.Problem != nil && r.Problem.Error() != missing {
					t.Errorf("got %q, want %q", r.Problem, missing)
				}
				got = append(got, Result{Check: Check{ID: r.ID}, Warning: r.Warning})
			}
			success := runAll(t.Context(), []Check{returning("some", Error, false, nil)}, func() (*cluster.Reader, error) { return reader, nil },
				Options{Optional: true}, observe, func(Check, error) {})
			if diff := cmp.Diff(test.want, got, cmp.AllowUnexported(Check{})); diff != "" || !success {
				t.Errorf("success is %v, results (-want +got):\n%s", success, diff)
			}
		})
	}
}
