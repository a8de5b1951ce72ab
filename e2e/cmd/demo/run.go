package main

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/linkerd-gcm/linkerd-gcm/e2e/process"
	"github.com/linkerd-gcm/linkerd-gcm/e2e/programs"
	"github.com/linkerd-gcm/linkerd-gcm/e2e/viz"
	"github.com/linkerd-gcm/linkerd-gcm/settings"
)

const (
	namespace = "linkerd-viz"
	// image is that of the sidecar; without nodes, nothing pulls it.
	image = "registry.example.com/linkerd-gcm:0.1.0"
)

// run is the whole demonstration.
func (d *demo) run(ctx context.Context) error {
	err := inTurn(ctx, d.showEnvironment, d.showWebhook, d.showPlainPod, d.showAnnotations, d.showInjectedPod, d.showEvents, d.showMistake)
	if err != nil {
		return err
	}
	d.Tell("What next? The control plane and the injector stay up for you to try things out. There are no nodes: pods stay Pending.")
	d.Command(fmt.Sprintf("kubectl -n %s get pods -o yaml", namespace))
	d.Command("linkerd-gcm generate   # the configuration that holds here; edit and apply it, and it is checked")
	d.Command("tail " + d.path("gcm-injector.log"))
	d.Command("make cluster-down")
	d.Line("With containers that run, on Linux as root: from a proxy's count to the point in an emulator of Google.")
	d.Command("make demo NODE=1")
	d.Line("For a cluster of yours, README.md has five minutes: install, annotate, restart.")
	return nil
}

// inTurn runs the steps one after the other, until one fails.
func inTurn(ctx context.Context, steps ...func(context.Context) error) error {
	for _, step := range steps {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return nil
}

// showEnvironment says how a user's shell gets the programs and the cluster. The programs
// of the project come first: they are those that make build has made.
func (d *demo) showEnvironment(ctx context.Context) error {
	if _, err := programs.Ensure(ctx, d.Root, os.Stderr, programs.Kubectl, programs.Helm); err != nil {
		return err
	}
	d.Tell("Use the cluster, kubectl and helm, which are in .cluster/bin, and linkerd-gcm, in bin. You can paste every command here.")
	d.Command("cd " + d.Root)
	d.Export("PATH", filepath.Join(d.Root, "bin")+":"+filepath.Join(d.Root, ".cluster", "bin")+":$PATH")
	d.Export("KUBECONFIG", d.Kubeconfig)
	return nil
}

func (d *demo) showWebhook(ctx context.Context) error {
	d.Tell("Apply the webhook's manifests. The injector runs outside the cluster, with its ServiceAccount's permissions.")
	if err := d.stopInBackground(ctx, "injector"); err != nil {
		return err
	}
	port, err := process.FreePort(ctx)
	if err != nil {
		return err
	}
	if err := d.Stage.Run(ctx, fmt.Sprintf("linkerd-gcm install --webhook-url https://127.0.0.1:%d | kubectl apply --server-side -f -", port)); err != nil {
		return err
	}
	if err := d.startInjector(ctx, port); err != nil {
		return err
	}
	d.Line("the injector is ready, and the API server trusts its certificate")
	return nil
}

func (d *demo) showPlainPod(ctx context.Context) error {
	d.Tell("Create the viz namespace anew and install Prometheus into it, as linkerd-viz' chart does.")
	err := inTurn(ctx,
		d.running("kubectl delete namespace "+namespace+" --ignore-not-found"),
		d.running("kubectl create namespace "+namespace),
		d.running(d.helmUpgrade("")),
	)
	if err != nil {
		return err
	}
	pod, err := d.awaitPod(ctx, 1)
	if err != nil {
		return err
	}
	d.show(pod)
	return nil
}

// running returns a step that runs a command.
func (d *demo) running(command string) func(context.Context) error {
	return func(ctx context.Context) error { return d.Stage.Run(ctx, command) }
}

// helmUpgrade returns the command that installs or upgrades the chart.
func (d *demo) helmUpgrade(flags string) string {
	return strings.TrimSpace(fmt.Sprintf("helm upgrade --install %s e2e/viz/chart --namespace %s %s %s", viz.Release, namespace, d.helmFlags, flags))
}

func (d *demo) showAnnotations(ctx context.Context) error {
	d.Tell("Annotate the namespace. Nothing else has to be configured: the exporter's own configuration holds where none is given.")
	all := map[string]string{
		settings.Inject: "enabled", settings.ProjectID: "my-project",
		settings.Location: "us-central1", settings.ClusterName: "my-cluster",
	}
	maps.Copy(all, d.annotations)
	command := "kubectl annotate namespace " + namespace
	for _, key := range slices.Sorted(maps.Keys(all)) {
		command += fmt.Sprintf(" \\\n  %s=%s", key, all[key])
	}
	if err := d.Stage.Run(ctx, command); err != nil {
		return err
	}
	d.Line("nothing happens yet: pods are injected when they are created")
	return nil
}

func (d *demo) showInjectedPod(ctx context.Context) error {
	d.Tell("Upgrade linkerd-viz, for any reason. Its values do not mention a sidecar, but the new pod has one.")
	if err := d.Stage.Run(ctx, d.helmUpgrade(`--set 'prometheus.args.storage\.tsdb\.retention\.time=5h'`)); err != nil {
		return err
	}
	pod, err := d.awaitPod(ctx, 2)
	if err != nil {
		return err
	}
	d.show(pod)
	d.Line("  annotation %s", settings.Status)
	d.Line("    %s", pod.Annotations[settings.Status])
	return nil
}

func (d *demo) showEvents(ctx context.Context) error {
	d.Tell("An event of the Deployment reports it.")
	err := d.await(ctx, "the event", func() (bool, error) {
		var events corev1.EventList
		if err := d.List(ctx, &events, client.InNamespace(namespace)); err != nil {
			return false, fmt.Errorf("listing events: %w", err)
		}
		return slices.ContainsFunc(events.Items, func(e corev1.Event) bool { return e.Reason == "Injected" }), nil
	})
	if err != nil {
		return err
	}
	return d.Stage.Run(ctx, fmt.Sprintf("kubectl -n %s events --for deployment/prometheus --types Normal --no-headers | grep Injected", namespace))
}

func (d *demo) showMistake(ctx context.Context) error {
	d.Tell("A mistake is refused before it can lose data, with the reason.")
	return d.Stage.Run(ctx, "kubectl annotate namespace "+namespace+" --overwrite '"+settings.Include+`={__name__=~"linkerd_job:.+"' 2>&1 || true`)
}

// awaitPod waits for a pod of Prometheus with this number of containers.
func (d *demo) awaitPod(ctx context.Context, containers int) (*corev1.Pod, error) {
	var found *corev1.Pod
	err := d.await(ctx, fmt.Sprintf("a pod with %d containers", containers), func() (bool, error) {
		pods, err := d.Pods(ctx, namespace, map[string]string{"component": "prometheus"})
		for _, pod := range pods {
			if len(pod.Spec.Containers) == containers {
				found = &pod
			}
		}
		return found != nil, err
	})
	return found, err
}
