package load

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"testing"
	"time"

	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/linkerd-gcm/linkerd-gcm/e2e/injector"
	"github.com/linkerd-gcm/linkerd-gcm/inject"
)

// behind starts an injector that reaches the API server through another, and makes the
// API server call it.
func behind(t *testing.T, api *apiServer) *injector.Injector {
	t.Helper()
	o := options(t.Name())
	o.APIServer, o.APIServerCA = api.url, api.ca
	return startReplica(t, o)
}

// startReplica starts an injector that the API server calls until the test ends.
func startReplica(t *testing.T, o injector.Options) *injector.Injector {
	t.Helper()
	replica, err := injector.New(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	if err := replica.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		replica.Stop()
		if t.Failed() {
			replica.PrintLog(t.Output())
		}
	})
	t.Cleanup(func() { call(t, gcm) })
	call(t, replica)
	return replica
}

// call makes the API server call these replicas, the first as long as it takes
// connections.
func call(t *testing.T, replicas ...*injector.Injector) {
	t.Helper()
	service.prefer(replicas...)
	// In a cleanup, the test's own context is done.
	if err := replicas[0].AwaitCalled(context.WithoutCancel(t.Context())); err != nil {
		t.Fatal(fmt.Errorf("waiting for the API server to call a replica: %w", err))
	}
}

// TestASlowAPIServer makes the reads of a decision slow: a pod is injected if they take
// less than a decision may, side by side, and else it starts without the sidecar.
func TestASlowAPIServer(t *testing.T) {
	n, first := newNamespace(t), newNamespace(t)
	api := newAPIServer(t)
	slow := behind(t, api)

	// A namespace and then two ConfigMaps: two reads in a row are in time, three are not.
	api.delay.Store(int64(1100 * time.Millisecond))
	first.wantInjected("with slow reads", first.create(really))

	before := failures(t, slow, inject.ReadFailed)
	api.delay.Store(int64(5 * time.Second))
	if c := n.create(really); c.code != http.StatusCreated || c.injected() || !c.warned("without the sidecar, because the injector failed: reading namespace "+n.name) {
		t.Errorf("with reads that take too long, want a warning, got %s", c)
	}
	if failed := failures(t, slow, inject.ReadFailed) - before; failed != 1 {
		t.Errorf("%v failures are counted, want 1", failed)
	}

	api.delay.Store(0)
	n.wantInjected("with reads that are quick again", n.create(really))
}

// TestAnAPIServerThatIsAway breaks the injector's connections to the API server, which
// itself goes on calling the injector.
func TestAnAPIServerThatIsAway(t *testing.T) {
	n := newNamespace(t)
	api := newAPIServer(t)
	behind(t, api)
	n.wantInjected("before", n.create(dryRun))
	api.away.Store(true)
	if c := n.create(really); c.code != http.StatusCreated || c.injected() || !c.warned("without the sidecar, because the injector failed: reading namespace "+n.name) {
		t.Errorf("want a warning, got %s", c)
	}
	api.away.Store(false)
	n.wantInjected("after", n.create(really))
}

// TestMissingPermissions takes the injector's permissions away, and gives them back.
func TestMissingPermissions(t *testing.T) {
	n := newNamespace(t)
	binding := &rbacv1.ClusterRoleBinding{ObjectMeta: metav1.ObjectMeta{Name: "linkerd-gcm-injector"}}
	if err := kubernetes.Get(t.Context(), client.ObjectKeyFromObject(binding), binding); err != nil {
		t.Fatal(err)
	}
	if err := kubernetes.Delete(t.Context(), binding.DeepCopy()); err != nil {
		t.Fatal(err)
	}
	n.await("a warning about the missing permission", func() error {
		c := n.create(dryRun)
		if c.code != http.StatusCreated || !c.injected() && !c.warned("is forbidden") {
			t.Fatalf("want an injected pod or a warning, got %s", c)
		}
		return unless(!c.injected(), "still injected")
	})
	binding.ResourceVersion, binding.UID = "", ""
	n.make(binding)
	n.await("the permissions to be back", func() error { return unless(n.create(dryRun).injected(), "still not injected") })
}

func unless(holds bool, otherwise string) error {
	if holds {
		return nil
	}
	return errors.New(otherwise)
}

// failures returns how many pods could not be decided about for a reason.
func failures(t *testing.T, i *injector.Injector, reason inject.Reason) float64 {
	t.Helper()
	count, err := i.Decisions(t.Context(), inject.Failed, reason)
	if err != nil {
		t.Fatal(err)
	}
	return count
}
