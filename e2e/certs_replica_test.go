package e2e

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/go-logr/logr"
	"github.com/go-logr/logr/testr"
	"github.com/prometheus/client_golang/prometheus"
	"k8s.io/utils/ptr"
	runtimeconfig "sigs.k8s.io/controller-runtime/pkg/config"
	runtimelog "sigs.k8s.io/controller-runtime/pkg/log"
	"sigs.k8s.io/controller-runtime/pkg/manager"
	metricsserver "sigs.k8s.io/controller-runtime/pkg/metrics/server"
	"sigs.k8s.io/controller-runtime/pkg/webhook"
	"sigs.k8s.io/controller-runtime/pkg/webhook/admission"

	"github.com/linkerd-gcm/linkerd-gcm/certs"
	"github.com/linkerd-gcm/linkerd-gcm/e2e/process"
)

func (i *certsInstallation) selfManaged() certs.CertificateSource {
	i.t.Helper()
	options := i.lifetimes
	options.Namespace = i.name
	options.Hosts = []string{"gcm-injector." + i.name + ".svc", "localhost", "127.0.0.1"}
	options.MutatingConfiguration, options.ValidatingConfiguration = i.name, i.name
	source, err := certs.NewSelfManaged(options)
	if err != nil {
		i.t.Fatal(err)
	}
	return source
}

// certsReplica is one replica of the webhook server.
type certsReplica struct {
	source  certs.CertificateSource
	metrics *prometheus.Registry
	manager manager.Manager
	address string
	stop    func()
	// wasReady is used by the balancer only.
	wasReady bool
}

// startReplica starts a replica. The API server calls it as soon as it is ready.
func (i *certsInstallation) startReplica(name string, source certs.CertificateSource) *certsReplica {
	i.t.Helper()
	runtimelog.SetLogger(logr.Discard()) // The manager has a logger of its own.
	port, err := process.FreePort(i.t.Context())
	if err != nil {
		i.t.Fatal(err)
	}
	server := webhook.NewServer(webhook.Options{
		Host: "127.0.0.1", Port: port,
		// A connection for each admission, so that each admission checks a certificate.
		TLSOpts: []func(*tls.Config){certs.ServeTLS(source), func(c *tls.Config) { c.NextProtos = []string{"http/1.1"} }},
	})
	allow := &admission.Webhook{Handler: admission.HandlerFunc(func(context.Context, admission.Request) admission.Response {
		return admission.Allowed("")
	})}
	closing := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Connection", "close")
		allow.ServeHTTP(w, r)
	})
	server.Register("/mutate", closing)
	server.Register("/validate", closing)
	mgr, err := manager.New(i.account, manager.Options{
		LeaderElection: true, LeaderElectionNamespace: i.name, LeaderElectionID: "gcm-injector", LeaderElectionReleaseOnCancel: true,
		WebhookServer: server,
		Metrics:       metricsserver.Options{BindAddress: "0"},
		Controller:    runtimeconfig.Controller{SkipNameValidation: ptr.To(true)},
		Logger:        testr.NewWithOptions(i.t, testr.Options{LogTimestamp: true}).WithName(name),
	})
	if err != nil {
		i.t.Fatal(err)
	}
	replica := &certsReplica{
		source: source, metrics: prometheus.NewRegistry(), manager: mgr,
		address: net.JoinHostPort("127.0.0.1", fmt.Sprint(port)),
	}
	if err := source.AddTo(mgr, replica.metrics); err != nil {
		i.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- mgr.Start(ctx) }()
	replica.stop = sync.OnceFunc(func() {
		i.balancer.remove(replica)
		cancel()
		if err := <-ended; err != nil {
			i.t.Errorf("%s ended: %v", name, err)
		}
	})
	i.t.Cleanup(replica.stop)
	i.balancer.add(replica)
	return replica
}

func (r *certsReplica) ready() error {
	if err := r.source.Ready(nil); err != nil {
		return err
	}
	return r.manager.GetWebhookServer().StartedChecker()(nil)
}

// leaf returns the certificate that the replica serves, as a client sees it.
func (r *certsReplica) leaf() (*x509.Certificate, error) {
	dialer := &tls.Dialer{Config: &tls.Config{InsecureSkipVerify: true}}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	connection, err := dialer.DialContext(ctx, "tcp", r.address)
	if err != nil {
		return nil, err
	}
	defer func() { _ = connection.Close() }()
	return connection.(*tls.Conn).ConnectionState().PeerCertificates[0], nil
}

func (r *certsReplica) servesCertificateOf(ca *x509.Certificate) error {
	leaf, err := r.leaf()
	if err != nil {
		return err
	}
	return leaf.CheckSignatureFrom(ca)
}

// repairs returns how many repairs the replica has counted, whatever was repaired.
func (r *certsReplica) repairs(t *testing.T) (sum float64) {
	t.Helper()
	families, err := r.metrics.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, family := range families {
		if family.GetName() == "gcm_injector_certificate_repairs_total" {
			for _, metric := range family.GetMetric() {
				sum += metric.GetCounter().GetValue()
			}
		}
	}
	return sum
}
