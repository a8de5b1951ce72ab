package certs

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	cmtls "github.com/cert-manager/cert-manager/pkg/server/tls"
	"github.com/cert-manager/cert-manager/pkg/server/tls/authority"
	"github.com/prometheus/client_golang/prometheus"
	"sigs.k8s.io/controller-runtime/pkg/manager"
)

// SelfManaged is a CertificateSource that needs nothing else in the cluster. Use NewSelfManaged to
// make one.
type SelfManaged struct {
	options   SelfManagedOptions
	hosts     hosts
	authority *authority.DynamicAuthority
	source    *cmtls.DynamicSource
	get       func(*tls.ClientHelloInfo) (*tls.Certificate, error)
	bundles   *bundleWatcher
	// wasReady is set once every caBundle has verified the serving certificate.
	wasReady atomic.Bool
}

// NewSelfManaged returns a CertificateSource that does nothing until it is added to a manager. It
// returns an error if the options are not valid.
func NewSelfManaged(options SelfManagedOptions) (*SelfManaged, error) {
	if err := options.complete(); err != nil {
		return nil, err
	}
	s := &SelfManaged{
		options: options,
		hosts:   parseHosts(options.Hosts),
		bundles: newBundleWatcher(),
		authority: &authority.DynamicAuthority{
			SecretNamespace: options.Namespace,
			SecretName:      options.SecretName,
			SecretLabels:    options.SecretLabels,
			CommonName:      "linkerd-gcm webhook CA",
			CADuration:      options.CALifetime,
			LeafDuration:    options.LeafLifetime,
		},
	}
	s.source = &cmtls.DynamicSource{DNSNames: s.hosts.dns, RetryInterval: retryInterval}
	s.get = s.source.GetCertificate
	return s, nil
}

// GetCertificate returns the certificate that this replica serves.
func (s *SelfManaged) GetCertificate(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	return s.get(hello)
}

// Ready returns an error as long as there is no certificate, or a webhook configuration
// holds a caBundle that does not verify it. A configuration that does not exist is not
// waited for. Once a replica is ready, it stays ready while at least one configuration
// trusts it, so that a caBundle that cannot be repaired affects only its own webhook.
func (s *SelfManaged) Ready(*http.Request) error {
	now := time.Now()
	leaf := s.leaf()
	if err := checkValidity(leaf, s.hosts.names(), now); err != nil {
		return err
	}
	if !s.bundles.hasSynced() {
		return errors.New("the webhook configurations have not been read yet")
	}
	trusting, rejecting := s.bundles.verify(leaf, now)
	if len(rejecting) == 0 {
		s.wasReady.Store(true)
		return nil
	}
	if s.wasReady.Load() && len(trusting) > 0 {
		return nil
	}
	return fmt.Errorf("the CA of the serving certificate is not in the caBundle of %s; the elected leader has to write it there",
		strings.Join(rejecting, " and "))
}

func (s *SelfManaged) leaf() *x509.Certificate {
	return servedLeaf(s.GetCertificate)
}

// AddTo adds to the manager the renewal of the certificate, which runs in every replica,
// and the reconciler of the caBundles, which runs in the elected leader.
func (s *SelfManaged) AddTo(mgr manager.Manager, metrics prometheus.Registerer) error {
	informers, err := s.newBundleCache(mgr)
	if err != nil {
		return fmt.Errorf("preparing to watch the webhook configurations: %w", err)
	}
	for _, c := range s.options.webhookConfigurations() {
		if err := s.bundles.watch(context.Background(), informers, c); err != nil {
			return err
		}
	}
	if err := mgr.Add(everyReplica{informers}); err != nil {
		return err
	}
	log := mgr.GetLogger().WithName("certs")
	s.authority.RESTConfig = mgr.GetConfig()
	if err := mgr.Add(&renewal{SelfManaged: s, log: log}); err != nil {
		return err
	}
	repairs := newRepairs()
	if err := s.addCABundleReconciler(mgr, repairs, log); err != nil {
		return fmt.Errorf("adding the reconciler of the caBundles: %w", err)
	}
	return errors.Join(metrics.Register(repairs), metrics.Register(newExpiry(s.GetCertificate)))
}
