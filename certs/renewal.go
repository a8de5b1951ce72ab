package certs

import (
	"context"
	"time"

	"github.com/go-logr/logr"
)

// maxPropagationDelay is the longest time that the caBundles are given to reach every API
// server. It usually takes much less than a second. Waiting does no harm, because the
// served certificate has a third of its lifetime left.
const maxPropagationDelay = 30 * time.Second

// retryInterval is how often to look again whether there is a CA to sign with.
const retryInterval = 200 * time.Millisecond

// renewal renews the serving certificate, in every replica.
type renewal struct {
	*SelfManaged
	log logr.Logger
}

// NeedLeaderElection returns false: every replica renews its own certificate.
func (r *renewal) NeedLeaderElection() bool { return false }

// Start renews the serving certificate until the context is done.
func (r *renewal) Start(ctx context.Context) error {
	replaced := make(chan struct{}, 1)
	r.authority.WatchRotation(replaced)
	defer r.authority.StopWatchingRotation(replaced)
	r.source.Authority = &delayedAuthority{
		Authority:        r.authority,
		addresses:        r.hosts.addresses,
		bundles:          r.bundles,
		served:           r.leaf,
		propagationDelay: min(r.options.LeafLifetime/10, maxPropagationDelay),
		replaced:         replaced,
		done:             ctx.Done(),
		log:              r.log,
	}
	// cert-manager logs every step, in messages about cert-manager's own webhook.
	return r.source.Start(logr.NewContext(ctx, filterConflicts(r.log).V(1)))
}
