package certs

import (
	"context"
	"crypto/x509"
	"fmt"
	"slices"
	"sync"
	"time"

	toolscache "k8s.io/client-go/tools/cache"
	"sigs.k8s.io/controller-runtime/pkg/cache"
)

// trust is what this replica knows of the caBundles: every replica watches them, because it must not serve a
// certificate before the API server can trust it.
type trust struct {
	synced []func() bool

	mu      sync.Mutex
	bundles map[string][][]byte
	changed chan struct{}
}

func newTrust() *trust {
	return &trust{bundles: map[string][][]byte{}, changed: make(chan struct{})}
}

// watch follows a webhook configuration. It is called before the cache starts.
func (t *trust) watch(ctx context.Context, informers cache.Informers, c configuration) error {
	informer, err := informers.GetInformer(ctx, c.new(), cache.BlockUntilSynced(false))
	if err != nil {
		return fmt.Errorf("watching %s: %w", c, err)
	}
	handler, err := informer.AddEventHandler(toolscache.ResourceEventHandlerFuncs{
		AddFunc:    func(object any) { t.set(c, caBundles(object)) },
		UpdateFunc: func(_, object any) { t.set(c, caBundles(object)) },
		DeleteFunc: func(any) { t.set(c, nil) },
	})
	if err != nil {
		return fmt.Errorf("watching %s: %w", c, err)
	}
	t.synced = append(t.synced, handler.HasSynced)
	return nil
}

// set records the caBundles of a configuration; none means that there is no such configuration.
func (t *trust) set(c configuration, bundles [][]byte) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.bundles[c.String()] = bundles
	close(t.changed)
	t.changed = make(chan struct{})
}

// changes returns a channel that is closed when a caBundle changes.
func (t *trust) changes() <-chan struct{} {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.changed
}

// hasSynced tells whether the caBundles have been read at all.
func (t *trust) hasSynced() bool {
	for _, synced := range t.synced {
		if !synced() {
			return false
		}
	}
	return true
}

// of tells which configurations would accept the serving certificate, and which would not. A configuration that
// doesn't exist is neither: nobody calls the injector through it.
func (t *trust) of(leaf *x509.Certificate, now time.Time) (trusting, refusing []string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for name, bundles := range t.bundles {
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
			refusing = append(refusing, name)
		}
	}
	slices.Sort(trusting)
	slices.Sort(refusing)
	return trusting, refusing
}
