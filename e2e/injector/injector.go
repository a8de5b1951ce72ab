// Package injector runs a gcm-injector outside the cluster that it serves, with
// the permissions of its ServiceAccount and no more.
package injector

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"path/filepath"
	"strconv"

	"github.com/linkerd-gcm/linkerd-gcm/e2e/controlplane"
	"github.com/linkerd-gcm/linkerd-gcm/e2e/node/cluster"
	"github.com/linkerd-gcm/linkerd-gcm/e2e/process"
	"github.com/linkerd-gcm/linkerd-gcm/manifests"
)

const loopback = "127.0.0.1"

// Options say what to run for whom.
type Options struct {
	// Cluster is whose API server calls the injector.
	Cluster *cluster.Cluster
	// Program is the path of gcm-injector.
	Program string
	// Dir is where its kubeconfig and log go.
	Dir string
	// Flags are flags besides those that a life outside the cluster needs.
	Flags []string
}

// Injector is a gcm-injector, running or stopped.
type Injector struct {
	options                 Options
	webhook, health, metric int
	process                 *process.Process
}

// Start applies the chart's manifests, starts the injector and returns once it is ready.
func Start(ctx context.Context, options Options) (*Injector, error) {
	i := &Injector{options: options}
	for _, port := range []*int{&i.webhook, &i.health, &i.metric} {
		var err error
		if *port, err = freePort(ctx); err != nil {
			return nil, err
		}
	}
	if err := i.install(ctx); err != nil {
		return nil, err
	}
	if err := i.Restart(ctx); err != nil {
		return nil, err
	}
	if err := i.awaitCalled(ctx); err != nil {
		i.Stop()
		return nil, err
	}
	return i, nil
}

// install applies what the API server has to know, as a user does.
func (i *Injector) install(ctx context.Context) error {
	rendered, err := manifests.Render(manifests.Options{Values: map[string]any{
		"webhookURL": "https://" + address(i.webhook),
	}})
	if err != nil {
		return fmt.Errorf("rendering the manifests: %w", err)
	}
	if _, err := i.options.Cluster.ApplyYAML(ctx, string(rendered)); err != nil {
		return err
	}
	config, err := controlplane.ServiceAccountConfig(ctx, i.options.Cluster.Config, manifests.DefaultNamespace, "gcm-injector")
	if err != nil {
		return err
	}
	return controlplane.WriteKubeconfig(config, i.kubeconfig())
}

// Restart starts the injector where it does not run, on the ports that it had,
// and returns once it is ready.
func (i *Injector) Restart(ctx context.Context) error {
	flags := append([]string{
		"--kubeconfig=" + i.kubeconfig(),
		"--namespace=" + manifests.DefaultNamespace,
		"--webhook-host=" + loopback,
		"--webhook-port=" + strconv.Itoa(i.webhook),
		"--health-probe-bind-address=" + address(i.health),
		"--metrics-bind-address=" + address(i.metric),
		"--certificate-hosts=" + loopback,
	}, i.options.Flags...)
	started, err := process.Start(ctx, i.options.Dir, "gcm-injector", i.options.Program, flags)
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

// Stop ends the injector. What it left in the cluster stays, and goes on calling it.
func (i *Injector) Stop() { i.process.Stop() }

// WebhookAddress is where it serves admissions, over TLS.
func (i *Injector) WebhookAddress() string { return address(i.webhook) }

// MetricsURL is where its metrics are.
func (i *Injector) MetricsURL() string { return "http://" + address(i.metric) + "/metrics" }

// Log is the path of its log.
func (i *Injector) Log() string { return filepath.Join(i.options.Dir, "gcm-injector.log") }

func (i *Injector) kubeconfig() string {
	return filepath.Join(i.options.Dir, "gcm-injector.kubeconfig")
}

func (i *Injector) ready(ctx context.Context) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address(i.health)+"/readyz?verbose", nil)
	if err != nil {
		return fmt.Errorf("asking whether the injector is ready: %w", err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return fmt.Errorf("asking whether the injector is ready: %w", err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("the injector is not ready: %s", response.Status)
	}
	return nil
}

func address(port int) string { return net.JoinHostPort(loopback, strconv.Itoa(port)) }

func freePort(ctx context.Context) (int, error) {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address(0))
	if err != nil {
		return 0, fmt.Errorf("looking for a free port: %w", err)
	}
	defer listener.Close()
	return listener.Addr().(*net.TCPAddr).Port, nil
}
