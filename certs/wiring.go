package certs

import (
	"context"
	"time"

	"github.com/go-logr/logr"
	"github.com/prometheus/client_golang/prometheus"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/util/workqueue"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller"
	"sigs.k8s.io/controller-runtime/pkg/manager"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"
	"sigs.k8s.io/controller-runtime/pkg/source"
)

// newCache makes a cache of nothing but the named webhook configurations. The manager's own cache would want to see
// all webhook configurations of the cluster, and the right to.
func (s *SelfManaged) newCache(mgr manager.Manager) (cache.Cache, error) {
	byObject := map[client.Object]cache.ByObject{}
	for _, c := range s.options.configurations() {
		byObject[c.new()] = cache.ByObject{Field: fields.OneTermEqualSelector("metadata.name", c.name)}
	}
	return cache.New(mgr.GetConfig(), cache.Options{
		Scheme:           mgr.GetScheme(),
		Mapper:           mgr.GetRESTMapper(),
		DefaultTransform: cache.TransformStripManagedFields(),
		ByObject:         byObject,
	})
}

// everyReplica makes the manager start something in every replica. It would start a cache like ours in the leader only.
type everyReplica struct{ manager.Runnable }

// NeedLeaderElection says that it starts without.
func (everyReplica) NeedLeaderElection() bool { return false }

// renewal renews the serving certificate, in every replica.
type renewal struct {
	*SelfManaged
	log logr.Logger
}

// NeedLeaderElection says that every replica renews its own certificate.
func (r *renewal) NeedLeaderElection() bool { return false }

// Start renews the serving certificate until the context is done.
func (r *renewal) Start(ctx context.Context) error {
	replaced := make(chan struct{}, 1)
	r.authority.WatchRotation(replaced)
	defer r.authority.StopWatchingRotation(replaced)
	r.source.Authority = &handover{
		Authority: r.authority,
		addresses: r.hosts.addresses,
		trust:     r.trust,
		served:    r.leaf,
		settling:  min(r.options.LeafLifetime/10, maxSettling),
		replaced:  replaced,
		done:      ctx.Done(),
		log:       r.log,
	}
	// cert-manager's code tells of every step, in words about cert-manager's own webhook.
	return r.source.Start(logr.NewContext(ctx, calm(r.log).V(1)))
}

// addKeeper adds the keeper of the caBundles to the manager. It looks at them when it becomes the leader, when a
// caBundle or the CA changes, and when a retired CA is to leave.
func (s *SelfManaged) addKeeper(mgr manager.Manager, repairs *prometheus.CounterVec, log logr.Logger) error {
	replaced := make(chan struct{}, 1)
	s.authority.WatchRotation(replaced)
	keeper, err := controller.New("ca-bundle-keeper", mgr, controller.Options{
		Reconciler: &keeper{
			options: s.options,
			hosts:   s.hosts,
			reader:  mgr.GetAPIReader(),
			writer:  mgr.GetClient(),
			roster:  newRoster(s.options.LeafLifetime),
			repairs: repairs,
			right:   map[types.UID][]fingerprint{},
			absent:  map[string]bool{},
		},
		LogConstructor:        func(*reconcile.Request) logr.Logger { return log },
		ReconciliationTimeout: 30 * time.Second,
		RateLimiter:           workqueue.NewTypedItemExponentialFailureRateLimiter[reconcile.Request](50*time.Millisecond, 10*time.Second),
	})
	if err != nil {
		return err
	}
	return keeper.Watch(source.Func(func(ctx context.Context, queue workqueue.TypedRateLimitingInterface[reconcile.Request]) error {
		go func() {
			for {
				changed := s.trust.changes()
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
