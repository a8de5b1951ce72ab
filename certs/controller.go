package certs

import (
	"context"
	"time"

	"github.com/go-logr/logr"
	"github.com/prometheus/client_golang/prometheus"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/util/workqueue"
	"sigs.k8s.io/controller-runtime/pkg/controller"
	"sigs.k8s.io/controller-runtime/pkg/manager"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"
	"sigs.k8s.io/controller-runtime/pkg/source"
)

// addCABundleReconciler adds the reconciler of the caBundles to the manager. It runs when
// the replica becomes the leader, when a caBundle or the CA changes, and when a retired
// CA has to be removed.
func (s *SelfManaged) addCABundleReconciler(mgr manager.Manager, repairs *prometheus.CounterVec, log logr.Logger) error {
	replaced := make(chan struct{}, 1)
	s.authority.WatchRotation(replaced)
	c, err := controller.New("ca-bundle", mgr, controller.Options{
		Reconciler: &caBundleReconciler{
			options:     s.options,
			hosts:       s.hosts,
			reader:      mgr.GetAPIReader(),
			writer:      mgr.GetClient(),
			cas:         newCASet(s.options.LeafLifetime),
			repairs:     repairs,
			lastWritten: map[types.UID][]fingerprint{},
			missing:     map[string]bool{},
		},
		LogConstructor:        func(*reconcile.Request) logr.Logger { return log },
		ReconciliationTimeout: 30 * time.Second,
		RateLimiter:           workqueue.NewTypedItemExponentialFailureRateLimiter[reconcile.Request](50*time.Millisecond, 10*time.Second),
	})
	if err != nil {
		return err
	}
	return c.Watch(source.Func(func(ctx context.Context, queue workqueue.TypedRateLimitingInterface[reconcile.Request]) error {
		go func() {
			for {
				changed := s.bundles.changes()
				queue.Add(reconcile.Request{})
				select {
				case <-changed:
				case <-replaced:
				case <-ctx.Done():
					return
				}
			}
		}()
		return nil
	}))
}
