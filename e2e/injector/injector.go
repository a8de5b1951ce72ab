// Package injector runs a gcm-injector outside the cluster that it serves, with exactly
// the permissions of its ServiceAccount. It starts no cluster, and it installs no injector
// inside one.
package injector

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"

	"github.com/linkerd-gcm/linkerd-gcm/e2e/controlplane"
	"github.com/linkerd-gcm/linkerd-gcm/e2e/httpget"
	"github.com/linkerd-gcm/linkerd-gcm/e2e/kubeclient"
	"github.com/linkerd-gcm/linkerd-gcm/e2e/process"
	"github.com/linkerd-gcm/linkerd-gcm/manifests"
)

const loopback = "127.0.0.1"

// Options say what to run, and for which cluster.
type Options struct {
	// Cluster is the cluster whose API server calls the injector.
	Cluster *kubeclient.Cluster
	// Program is the path of gcm-injector.
	Program string
	// Dir is the folder for its kubeconfig and log.
	Dir string
	// Flags are further flags, in addition to those that it needs to run outside the
	// cluster.
	Flags []string
	// Environment are environment variables, each as NAME=value.
	Environment []string
	// WebhookPort is the port for admission requests; a free one if 0.
	WebhookPort int
	// CalledAt is the address that the API server calls, if that is not the injector's
	// own but that of something before it.
	CalledAt string
	// APIServer is the URL at which the injector reaches the API server, if that is not
	// the API server's own but that of something before it, whose CA is APIServerCA, in
	// PEM.
	APIServer   string
	APIServerCA []byte
}

// Injector is a gcm-injector, running or stopped.
type Injector struct {
	options                 Options
	webhook, health, metric int
	process                 *process.Process
}

// Start applies the chart's manifests, starts the injector and returns once it is ready
// and the API server calls it.
func Start(ctx context.Context, options Options) (*Injector, error) {
	i, err := New(ctx, options)
	if err != nil {
		return nil, err
	}
	return i, i.Start(ctx)
}

// New returns an injector that is not running yet, with the ports that it will have.
func New(ctx context.Context, options Options) (*Injector, error) {
	i := &Injector{options: options, webhook: options.WebhookPort}
	for _, port := range []*int{&i.webhook, &i.health, &i.metric} {
		if *port != 0 {
			continue
		}
		var err error
		if *port, err = process.FreePort(ctx); err != nil {
			return nil, err
		}
	}
	return i, nil
}

// Start does what the function Start does, for an injector of New.
func (i *Injector) Start(ctx context.Context) error {
	if err := i.install(ctx); err != nil {
		return err
	}
	if err := i.Restart(ctx); err != nil {
		return err
	}
	if err := i.AwaitCalled(ctx); err != nil {
		i.Stop()
		return err
	}
	return nil
}

// install applies the manifests, as a user does.
func (i *Injector) install(ctx context.Context) error {
	called := i.options.CalledAt
	if called == "" {
		called = i.WebhookAddress()
	}
	rendered, err := manifests.Render(manifests.Options{Values: map[string]any{"webhookURL": "https://" + called}})
	if err != nil {
		return fmt.Errorf("rendering the manifests: %w", err)
	}
	_, err = i.options.Cluster.ApplyYAML(ctx, string(rendered))
	return err
}

// writeKubeconfig gives the injector the permissions of its ServiceAccount.
func (i *Injector) writeKubeconfig(ctx context.Context) error {
	config, err := controlplane.ServiceAccountConfig(ctx, i.options.Cluster.Config, manifests.DefaultNamespace, "gcm-injector")
	if err != nil {
		return err
	}
	if i.options.APIServer != "" {
		config.Host, config.CAData = i.options.APIServer, i.options.APIServerCA
	}
	if err := os.MkdirAll(i.options.Dir, 0o755); err != nil {
		return fmt.Errorf("making the injector's folder: %w", err)
	}
	return controlplane.WriteKubeconfig(config, i.kubeconfig())
}

// Restart starts the process, for the first time or after Stop, on the same ports, and
// returns once it is ready. The manifests must be there. The flags hold until it is
// stopped again.
func (i *Injector) Restart(ctx context.Context, flags ...string) error {
	if err := i.writeKubeconfig(ctx); err != nil {
		return err
	}
	flags = slices.Concat([]string{
		"--kubeconfig=" + i.kubeconfig(),
		"--namespace=" + manifests.DefaultNamespace,
		"--webhook-host=" + loopback,
		"--webhook-port=" + strconv.Itoa(i.webhook),
		"--health-probe-bind-address=" + address(i.health),
		"--metrics-bind-address=" + address(i.metric),
		"--certificate-hosts=" + loopback,
	}, i.options.Flags, flags)
	started, err := process.Start(ctx, i.options.Dir, "gcm-injector", i.options.Program, flags, i.options.Environment...)
	if err != nil {
		return err
	}
	i.process = started
	if err := started.AwaitReady(ctx, i.ready); err != nil {
		started.Stop()
		return err
	}
	return nil
}

// Stop ends the injector. Its webhook configurations stay, so the API server continues to
// call it.
func (i *Injector) Stop() { i.process.Stop() }

// Process returns the process that was started last.
func (i *Injector) Process() *process.Process { return i.process }

// WebhookAddress returns the address at which it answers admission requests, over TLS.
func (i *Injector) WebhookAddress() string { return address(i.webhook) }

// MetricsURL returns the URL of its metrics.
func (i *Injector) MetricsURL() string { return "http://" + address(i.metric) + "/metrics" }

// Log returns the path of its log.
func (i *Injector) Log() string { return filepath.Join(i.options.Dir, "gcm-injector.log") }

// PrintLog writes its log.
func (i *Injector) PrintLog(to io.Writer) {
	text, err := os.ReadFile(i.Log())
	if err != nil {
		text = []byte(err.Error())
	}
	fmt.Fprintf(to, "the injector's log:\n%s\n", text)
}

func (i *Injector) kubeconfig() string {
	return filepath.Join(i.options.Dir, "gcm-injector.kubeconfig")
}

func (i *Injector) ready(ctx context.Context) error {
	if err := httpget.OK(ctx, "http://"+address(i.health)+"/readyz?verbose"); err != nil {
		return fmt.Errorf("asking whether the injector is ready: %w", err)
	}
	return nil
}

func address(port int) string { return net.JoinHostPort(loopback, strconv.Itoa(port)) }
