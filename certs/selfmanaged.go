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

// Defaults of SelfManagedOptions.
const (
	DefaultSecretName   = "gcm-injector-ca"
	DefaultCALifetime   = 365 * 24 * time.Hour
	DefaultLeafLifetime = 24 * time.Hour
)

// maxSettling is the longest time that the caBundles are given to reach every API server. It usually takes far less
// than a second; waiting costs nothing, because the served certificate has a third of its life left.
const maxSettling = 30 * time.Second

// retryInterval is how often to look again whether there is a CA to sign with.
const retryInterval = 200 * time.Millisecond

// SelfManagedOptions say what to make certificates for, and where to keep the CA.
type SelfManagedOptions struct {
	// Namespace of the Secret with the CA: the injector's own.
	Namespace string
	// SecretName is the Secret's name; DefaultSecretName if empty.
	SecretName string
	// SecretLabels are set on the Secret when it is created.
	SecretLabels map[string]string

	// Hosts are the names by which the API server calls the injector, such as gcm-injector.linkerd-gcm.svc, or
	// localhost for an injector outside the cluster. IP addresses are allowed.
	Hosts []string

	// MutatingConfiguration and ValidatingConfiguration name the webhook configurations whose caBundles are kept
	// right. An empty name stands for none. They need not exist yet.
	MutatingConfiguration, ValidatingConfiguration string

	// CALifetime and LeafLifetime are how long the CA and the serving certificates are valid; DefaultCALifetime and
	// DefaultLeafLifetime if zero. Both are replaced when a third of the time is left.
	CALifetime, LeafLifetime time.Duration
}

func (o *SelfManagedOptions) complete() error {
	if o.SecretName == "" {
		o.SecretName = DefaultSecretName
	}
	if o.CALifetime == 0 {
		o.CALifetime = DefaultCALifetime
	}
	if o.LeafLifetime == 0 {
		o.LeafLifetime = DefaultLeafLifetime
	}
	switch {
	case o.Namespace == "":
		return errors.New("self-managed certificates need the namespace to keep the CA's Secret in")
	case len(o.Hosts) == 0:
		return errors.New("self-managed certificates need at least one host name to be made for")
	case o.LeafLifetime < 0 || 3*o.LeafLifetime > o.CALifetime:
		return fmt.Errorf("the lifetime of serving certificates (%s) must be at most a third of the CA's (%s): the CA is replaced when it has a third left, and no certificate outlives its CA", o.LeafLifetime, o.CALifetime)
	}
	return nil
}

// SelfManaged is a Source that needs nothing else in the cluster. Use NewSelfManaged to make one.
type SelfManaged struct {
	options   SelfManagedOptions
	hosts     hosts
	authority *authority.DynamicAuthority
	source    *cmtls.DynamicSource
	get       func(*tls.ClientHelloInfo) (*tls.Certificate, error)
	trust     *trust
	// wasReady is set when every caBundle has once been right.
	wasReady atomic.Bool
}

// NewSelfManaged makes a Source that does nothing until it is added to a manager.
func NewSelfManaged(options SelfManagedOptions) (*SelfManaged, error) {
	if err := options.complete(); err != nil {
		return nil, err
	}
	s := &SelfManaged{
		options: options,
		hosts:   parseHosts(options.Hosts),
		trust:   newTrust(),
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

// Ready returns an error as long as there is no certificate, or a webhook configuration holds a caBundle that doesn't
// match it. A configuration that doesn't exist is no reason to wait. Once ready, a replica stays so while at least one
// configuration trusts it, so that a caBundle which can't be repaired takes only its own webhook down.
func (s *SelfManaged) Ready(*http.Request) error {
	now := time.Now()
	leaf := s.leaf()
	if err := checkValidity(leaf, s.hosts.names(), now); err != nil {
		return err
	}
	if !s.trust.hasSynced() {
		return errors.New("the webhook configurations have not been read yet")
	}
	trusting, refusing := s.trust.of(leaf, now)
	if len(refusing) == 0 {
		s.wasReady.Store(true)
		return nil
	}
	if s.wasReady.Load() && len(trusting) > 0 {
		return nil
	}
	return fmt.Errorf("the CA of the serving certificate is not in the caBundle of %s; the elected leader has to write it there", strings.Join(refusing, " and "))
}

func (s *SelfManaged) leaf() *x509.Certificate {
	return servedLeaf(s.GetCertificate)
}

// AddTo adds the certificate's renewal to the manager, which runs in every replica, and the keeping of the caBundles,
// which runs in the elected leader.
func (s *SelfManaged) AddTo(mgr manager.Manager, metrics prometheus.Registerer) error {
	informers, err := s.newCache(mgr)
	if err != nil {
		return fmt.Errorf("preparing to watch the webhook configurations: %w", err)
	}
	for _, c := range s.options.configurations() {
		if err := s.trust.watch(context.Background(), informers, c); err != nil {
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
	if err := s.addKeeper(mgr, repairs, log); err != nil {
		return fmt.Errorf("adding the keeper of the caBundles: %w", err)
	}
	return errors.Join(metrics.Register(repairs), metrics.Register(newExpiry(s.GetCertificate)))
}
