package injection

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	applycorev1 "k8s.io/client-go/applyconfigurations/core/v1"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// user changes things as kubectl does, and reads what kubectl prints.
type user struct {
	client   client.Client
	warnings []string
}

func newUser(t *testing.T) *user {
	t.Helper()
	u := &user{}
	config := rest.CopyConfig(kubernetes.Config)
	config.WarningHandler = u
	var err error
	if u.client, err = client.New(config, client.Options{}); err != nil {
		t.Fatal(err)
	}
	return u
}

// HandleWarningHeader implements rest.WarningHandler.
func (u *user) HandleWarningHeader(_ int, _, text string) { u.warnings = append(u.warnings, text) }

// An action changes the namespace or something in it.
type action func(n namespace, u *user, dryRun bool) error

// annotating does what kubectl annotate does.
func annotating(keysAndValues ...string) action {
	return func(n namespace, u *user, dryRun bool) error {
		object := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: n.name, Annotations: map[string]string{}}}
		before := object.DeepCopy()
		for i := 0; i < len(keysAndValues); i += 2 {
			object.Annotations[keysAndValues[i]] = keysAndValues[i+1]
		}
		var options []client.PatchOption
		if dryRun {
			options = append(options, client.DryRunAll)
		}
		return u.client.Patch(n.Context(), object, client.MergeFrom(before), options...)
	}
}

// applying does what kubectl apply --server-side does with a ConfigMap.
func applying(name, key, text string, labels ...string) action {
	return func(n namespace, u *user, dryRun bool) error {
		configMap := applycorev1.ConfigMap(name, n.name).WithData(map[string]string{key: text})
		for i := 0; i < len(labels); i += 2 {
			configMap.WithLabels(map[string]string{labels[i]: labels[i+1]})
		}
		options := []client.ApplyOption{client.FieldOwner("kubectl"), client.ForceOwnership}
		if dryRun {
			options = append(options, client.DryRunAll)
		}
		return u.client.Apply(n.Context(), configMap, options...)
	}
}

// deleting does what kubectl delete configmap does.
func deleting(name string) action {
	return func(n namespace, u *user, dryRun bool) error {
		var options []client.DeleteOption
		if dryRun {
			options = append(options, client.DryRunAll)
		}
		return u.client.Delete(n.Context(), &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: n.name, Name: name}}, options...)
	}
}

// labelling does what kubectl label configmap does.
func labelling(name, patch string) action {
	return func(n namespace, u *user, dryRun bool) error {
		var options []client.PatchOption
		if dryRun {
			options = append(options, client.DryRunAll)
		}
		object := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: n.name, Name: name}}
		return u.client.Patch(n.Context(), object, client.RawPatch(types.MergePatchType, []byte(`{"metadata":{"labels":`+patch+`}}`)), options...)
	}
}

// answer is what a user gets to see.
type answer struct {
	// refused are pieces of the refusal, one after the other; none where it is allowed.
	refused []string
	// warned are pieces of the warnings, one of each.
	warned []string
}

// expect acts twice, as a dry-run and for real, and wants the same answer both times.
func (n namespace) expect(u *user, what string, act action, want answer) {
	n.Helper()
	for _, dryRun := range []bool{true, false} {
		u.warnings = nil
		err := act(n, u, dryRun)
		switch {
		case want.refused == nil && err != nil:
			n.Fatalf("%s, dry-run %v: %v", what, dryRun, err)
		case want.refused != nil && err == nil:
			n.Fatalf("%s, dry-run %v: allowed, want a refusal that says %q", what, dryRun, want.refused)
		case err != nil:
			rest := err.Error()
			for _, piece := range append([]string{"denied the request: "}, want.refused...) {
				_, after, found := strings.Cut(rest, piece)
				if rest = after; !found {
					n.Errorf("%s, dry-run %v: want a refusal that says %q next, got: %v", what, dryRun, piece, err)
					break
				}
			}
		}
		got := slices.Clone(u.warnings)
		for i := range got {
			if i < len(want.warned) && strings.Contains(got[i], want.warned[i]) {
				got[i] = want.warned[i]
			}
		}
		if diff := cmp.Diff(want.warned, got); diff != "" {
			n.Errorf("%s, dry-run %v: warnings (-want +got):\n%s", what, dryRun, diff)
		}
	}
}
