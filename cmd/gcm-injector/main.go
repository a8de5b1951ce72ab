// Command gcm-injector is the admission webhook of linkerd-gcm. This package parses flags
// and connects the parts; package webhook answers the requests and package certs provides
// the certificate.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/spf13/pflag"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/klog/v2"
	"k8s.io/utils/ptr"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/healthz"
	"sigs.k8s.io/controller-runtime/pkg/manager"
	"sigs.k8s.io/controller-runtime/pkg/metrics"
	metricsserver "sigs.k8s.io/controller-runtime/pkg/metrics/server"
	"sigs.k8s.io/controller-runtime/pkg/webhook/admission"

	"github.com/linkerd-gcm/linkerd-gcm/certs"
	"github.com/linkerd-gcm/linkerd-gcm/inject"
	"github.com/linkerd-gcm/linkerd-gcm/inject/apiserver"
	"github.com/linkerd-gcm/linkerd-gcm/internal/names"
	"github.com/linkerd-gcm/linkerd-gcm/settings"
	"github.com/linkerd-gcm/linkerd-gcm/webhook"
)

// version is set by the linker.
var version = "dev"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:])
	stop()
	if errors.Is(err, pflag.ErrHelp) {
		return
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, names.Injector+":", err)
		os.Exit(1)
	}
}

// run serves until the context is done, and then until the last request is answered.
func run(ctx context.Context, args []string) error {
	var o options
	flags := pflag.NewFlagSet(names.Injector, pflag.ContinueOnError)
	o.register(flags)
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("argument %q: there are only flags, see --help", flags.Arg(0))
	}
	logger, err := newLogger(o.logLevel, o.logFormat)
	if err != nil {
		return err
	}
	ctrl.SetLogger(logger)
	limitMemory(logger)
	klog.SetLogger(logger)
	source, err := o.source()
	if err != nil {
		return err
	}
	defaults, err := o.defaults(flags)
	if err != nil {
		return err
	}
	mgr, err := newManager(o, source, defaults)
	if err != nil {
		return err
	}
	logger.Info("Starting", "version", version, "port", o.webhookPort, "certificates", o.certificates)
	return mgr.Start(ctx)
}

func newManager(o options, source certs.CertificateSource, defaults settings.Defaults) (manager.Manager, error) {
	config, err := clusterConfig(o.kubeconfig)
	if err != nil {
		return nil, err
	}
	// Requests wait for their turn in package webhook; client-go's own limit of five a
	// second would make pods lose the sidecar.
	config.QPS = -1
	serveTLS, err := o.serveTLS(source)
	if err != nil {
		return nil, err
	}
	server := webhook.NewServer(o.webhookHost, o.webhookPort, serveTLS...)
	mgr, err := ctrl.NewManager(config, manager.Options{
		Metrics:                       metricsserver.Options{BindAddress: o.metrics},
		HealthProbeBindAddress:        o.healthProbes,
		WebhookServer:                 server,
		LeaderElection:                o.certificates == selfManaged,
		LeaderElectionID:              names.Injector,
		LeaderElectionNamespace:       o.namespace,
		LeaderElectionReleaseOnCancel: true,
		// A replica that loses the lease exits and no longer answers requests. So a slow
		// API server gets more time than it usually gets from controllers.
		LeaseDuration: ptr.To(30 * time.Second),
		RenewDeadline: ptr.To(20 * time.Second),
		// Admission reads live. A read through a cache would be a mistake of ours.
		Cache: cache.Options{ReaderFailOnMissingInformer: true},
	})
	if err != nil {
		return nil, fmt.Errorf("preparing the server: %w", err)
	}
	if err := source.AddTo(mgr, metrics.Registry); err != nil {
		return nil, fmt.Errorf("preparing certificates: %w", err)
	}
	if err := register(mgr, defaults); err != nil {
		return nil, err
	}
	return mgr, errors.Join(
		// A restart does not fix a missing certificate, so liveness does not depend on it.
		mgr.AddHealthzCheck("ping", healthz.Ping),
		mgr.AddReadyzCheck("server", server.StartedChecker()),
		mgr.AddReadyzCheck("certificate", source.Ready),
	)
}

// register connects the handlers with the manager's server.
func register(mgr manager.Manager, defaults settings.Defaults) error {
	counters, err := webhook.NewMetrics(metrics.Registry)
	if err != nil {
		return err
	}
	if err := webhook.RegisterVersion(metrics.Registry, version); err != nil {
		return err
	}
	decider := inject.Decider{
		Reader:   apiserver.NamespaceReader{Client: mgr.GetAPIReader()},
		Defaults: defaults,
		Version:  version,
		Memory:   inject.NewMemory(),
	}
	turns, bodies := webhook.NewTurns(), webhook.NewBodies()
	for path, handler := range map[string]admission.Handler{
		webhook.PodPath: &webhook.PodHandler{
			Decider: decider, Metrics: counters, Turns: turns,
			Events: webhook.OwnerEvents{Reader: mgr.GetAPIReader(), Recorder: mgr.GetEventRecorder(names.Injector)},
		},
		webhook.ConfigurationPath: &webhook.ConfigurationHandler{Decider: decider, Metrics: counters, Turns: turns},
	} {
		endpoint, err := admission.StandaloneWebhook(
			&admission.Webhook{Handler: handler, LogConstructor: webhook.RequestLogger}, admission.StandaloneOptions{MetricsPath: path})
		if err != nil {
			return fmt.Errorf("preparing %s: %w", path, err)
		}
		// The manager runs the server only if it has been asked for it.
		mgr.GetWebhookServer().Register(path, bodies.Handler(endpoint))
	}
	return nil
}

func clusterConfig(kubeconfig string) (*rest.Config, error) {
	if kubeconfig == "" {
		config, err := rest.InClusterConfig()
		if err != nil {
			return nil, fmt.Errorf("finding the API server: %w; outside a pod, give --kubeconfig", err)
		}
		return config, nil
	}
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return nil, fmt.Errorf("reading --kubeconfig %s: %w", kubeconfig, err)
	}
	return config, nil
}
