package certs

import (
	"context"
	"crypto/x509"
	"fmt"
	"slices"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/fields"
	toolscache "k8s.io/client-go/tools/cache"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/manager"
)

// bundleWatcher knows the caBundles as this replica sees them. Every replica watches
// them, because it must not serve a certificate before the API server can trust it.
type bundleWatcher struct {
	synced []func() bool

	mu      sync.Mutex
	bundles map[string][][]byte
	changed chan struct{}
}

func newBundleWatcher() *bundleWatcher {
	return &bundleWatcher{bundles: map[string][][]byte{}, changed: make(chan struct{})}
}

// watch follows the changes of a webhook configuration. Call it before the cache starts.
func (w *bundleWatcher) watch(ctx context.Context, informers cache.Informers, c webhookConfiguration) error {
	informer, err := informers.GetInformer(ctx, c.newObject(), cache.BlockUntilSynced(false))
	if err != nil {
		return fmt.Errorf("watching %s: %w", c, err)
	}
	handler, err := informer.AddEventHandler(toolscache.ResourceEventHandlerFuncs{
		AddFunc:    func(object any) { w.set(c, caBundles(object)) },
		UpdateFunc: func(_, object any) { w.set(c, caBundles(object)) },
		DeleteFunc: func(any) { w.set(c, nil) },
	})
	if err != nil {
		return fmt.Errorf("watching %s: %w", c, err)
	}
	w.synced = append(w.synced, handler.HasSynced)
	return nil
}

// set records the caBundles of a configuration. No bundles mean that it does not exist.
func (w *bundleWatcher) set(c webhookConfiguration, bundles [][]byte) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.bundles[c.String()] = bundles
	close(w.changed)
	w.changed = make(chan struct{})
}

// changes returns a channel that is closed when a caBundle changes.
func (w *bundleWatcher) changes() <-chan struct{} {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.changed
}

// hasSynced reports whether the caBundles have been read for the first time.
func (w *bundleWatcher) hasSynced() bool {
	for _, synced := range w.synced {
		if !synced() {
			return false
		}
	}
	return true
}

// verify returns the names of the configurations whose caBundles verify the serving
// certificate, and of those whose caBundles do not. A configuration that does not exist
// is in neither list: nobody calls the injector because of it.
func (w *bundleWatcher) verify(leaf *x509.Certificate, now time.Time) (trusting, rejecting []string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for name, bundles := range w.bundles {
		if len(bundles) == 0 {
			continue
		}
		accepted := true
		for _, bundle := range bundles {
			accepted = accepted && trusts(bundle, leaf, now)
		}
		if accepted {
			trusting = append(trusting, name)
		} else {
			rejecting = append(rejecting, name)
		}
	}
	slices.Sort(trusting)
	slices.Sort(rejecting)
	return trusting, rejecting
}

// newBundleCache returns a cache of the named webhook configurations only. The manager's
// own cache would need the permission to read all webhook configurations of the cluster.
func (s *SelfManaged) newBundleCache(mgr manager.Manager) (cache.Cache, error) {
	byObject := map[client.Object]cache.ByObject{}
	for _, c := range s.options.webhookConfigurations() {
		byObject[c.newObject()] = cache.ByObject{Field: fields.OneTermEqualSelector("metadata.name", c.name)}
	}
	return cache.New(mgr.GetConfig(), cache.Options{
		Scheme:           mgr.GetScheme(),
		Mapper:           mgr.GetRESTMapper(),
		DefaultTransform: cache.TransformStripManagedFields(),
		ByObject:         byObject,
	})
}

// everyReplica makes the manager start something in every replica. Without it, the
// manager would start the cache in the leader only.
type everyReplica struct{ manager.Runnable }

// NeedLeaderElection returns false: every replica starts it.
func (everyReplica) NeedLeaderElection() bool { return false }
