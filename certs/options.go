package certs

import (
	"errors"
	"fmt"
	"time"

	"github.com/linkerd-gcm/linkerd-gcm/internal/names"
)

// Defaults of SelfManagedOptions.
const (
	// DefaultCALifetime is how long the CA is valid.
	DefaultCALifetime = 365 * 24 * time.Hour
	// DefaultLeafLifetime is how long a serving certificate is valid.
	DefaultLeafLifetime = 24 * time.Hour
)

// SelfManagedOptions say for which hosts to make certificates, and where to store the CA.
type SelfManagedOptions struct {
	// Namespace is where the Secret with the CA is: the injector's own namespace.
	Namespace string
	// SecretName is the Secret's name; names.CASecret if empty.
	SecretName string
	// SecretLabels are set on the Secret when it is created.
	SecretLabels map[string]string

	// Hosts are the names that the API server uses to call the injector, such as
	// gcm-injector.linkerd-gcm.svc, or localhost for an injector outside the cluster. IP
	// addresses are allowed.
	Hosts []string

	// MutatingConfiguration and ValidatingConfiguration name the webhook configurations
	// whose caBundles are kept up to date. An empty name means that there is none. They
	// need not exist yet.
	MutatingConfiguration, ValidatingConfiguration string

	// CALifetime and LeafLifetime are how long the CA and the serving certificates are
	// valid; DefaultCALifetime and DefaultLeafLifetime if zero. Both are replaced when a
	// third of their lifetime is left.
	CALifetime, LeafLifetime time.Duration
}

// complete sets the defaults, and returns an error if the options are not valid.
func (o *SelfManagedOptions) complete() error {
	if o.SecretName == "" {
		o.SecretName = names.CASecret
	}
	if o.CALifetime == 0 {
		o.CALifetime = DefaultCALifetime
	}
	if o.LeafLifetime == 0 {
		o.LeafLifetime = DefaultLeafLifetime
	}
	switch {
	case o.Namespace == "":
		return errors.New("self-managed certificates need the namespace of the Secret that stores the CA")
	case len(o.Hosts) == 0:
		return errors.New("self-managed certificates need at least one host name")
	case o.LeafLifetime < 0 || 3*o.LeafLifetime > o.CALifetime:
		return fmt.Errorf("the lifetime of serving certificates (%s) must be at most a third of the CA's (%s): "+
			"the CA is replaced when it has a third left, and a certificate must not expire later than its CA",
			o.LeafLifetime, o.CALifetime)
	}
	return nil
}
