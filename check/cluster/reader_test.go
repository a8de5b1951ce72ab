package cluster

import (
	"context"
	"errors"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"
)

// counting is a cluster with a Secret that counts the reads and the dry runs. The first
// ones fail with these errors.
func counting(failures ...error) (r *Reader, asked *int) {
	asked = new(int)
	count := func() error {
		*asked++
		if len(failures) == 0 {
			return nil
		}
		failure := failures[0]
		failures = failures[1:]
		return failure
	}
	secret := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: "n", Name: "there"}}
	c := fake.NewClientBuilder().WithObjects(secret).WithInterceptorFuncs(interceptor.Funcs{
		Get: func(ctx context.Context, c client.WithWatch, key client.ObjectKey, o client.Object, options ...client.GetOption) error {
			if err := count(); err != nil {
				return err
			}
			return c.Get(ctx, key, o, options...)
		},
		Create: func(context.Context, client.WithWatch, client.Object, ...client.CreateOption) error { return count() },
	}).Build()
	return New(c, nil), asked
}

func TestWhatIsReadOnceIsRemembered(t *testing.T) {
	for _, name := range []string{"there", "missing"} {
		r, asked := counting()
		for range 2 {
			if got, err := r.Secret(t.Context(), "n", name); err != nil || (got != nil) != (name == "there") {
				t.Errorf("%s: got %v, %v", name, got, err)
			}
		}
		if *asked != 1 {
			t.Errorf("%s was read %d times", name, *asked)
		}
		r.Forget()
		if _, err := r.Secret(t.Context(), "n", name); err != nil || *asked != 2 {
			t.Errorf("%s was read %d times after it was forgotten: %v", name, *asked, err)
		}
	}
}

func TestAnErrorIsNotRemembered(t *testing.T) {
	r, asked := counting(errors.New("no answer"))
	if _, err := r.Secret(t.Context(), "n", "there"); err == nil {
		t.Error("the error is lost")
	}
	if got, err := r.Secret(t.Context(), "n", "there"); got == nil || err != nil || *asked != 2 {
		t.Errorf("got %v, %v of read %d", got, err, *asked)
	}
}

func TestARefusalOfADryRunIsRemembered(t *testing.T) {
	r, asked := counting(errors.New("refused"))
	d := &appsv1.Deployment{ObjectMeta: metav1.ObjectMeta{Namespace: "n", Name: "d"}}
	for range 2 {
		if answer := r.DryRunPod(t.Context(), d); answer.Err == nil {
			t.Error("the refusal is lost")
		}
	}
	if *asked != 1 {
		t.Errorf("the pod was created %d times", *asked)
	}
}
