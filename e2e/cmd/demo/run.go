package main

import (
	"context"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/linkerd-gcm/linkerd-gcm/e2e/programs"
	"github.com/linkerd-gcm/linkerd-gcm/e2e/viz"
	"github.com/linkerd-gcm/linkerd-gcm/settings"
)

const (
	namespace = "linkerd-viz"
	image     = "registry.example.com/stackdriver-prometheus-sidecar:0.10.1"
)

// run is the whole demonstration.
func (d *demo) run(ctx context.Context) error {
	err := inTurn(ctx, d.showWebhook, d.showPlainPod, d.showConfigMaps, d.showAnnotations, d.showInjectedPod, d.showEvents)
	if err != nil {
		return err
	}
	d.tell("The control plane and the injector stay up for you to try things out:")
	d.command("export KUBECONFIG=%s", d.Kubeconfig)
	d.command("kubectl -n %s get pods -o yaml    # there are no nodes, so pods stay Pending", namespace)
	d.command("tail -f %s                        # the injector's log", d.path("gcm-injector.log"))
	d.command("make cluster-down                 # stops both")
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

func (d *demo) showWebhook(ctx context.Context) error {
	d.tell("Apply the webhook's manifests, and start the injector outside the cluster, with its ServiceAccount's permissions.")
	d.command("linkerd gcm install --webhook-url https://127.0.0.1:PORT | kubectl apply --server-side -f -")
	if err := d.startInjector(ctx); err != nil {
		return err
	}
	d.line("the injector is ready, and the API server trusts its certificate")
	return nil
}

func (d *demo) showPlainPod(ctx context.Context) error {
	d.tell("Create the viz namespace and install Prometheus into it, as linkerd-viz' chart does.")
	if err := d.clearNamespace(ctx); err != nil {
		return err
	}
	d.command("helm install linkerd-viz …")
	if err := viz.Upgrade(ctx, d.Kubeconfig, namespace, d.values(nil)); err != nil {
		return err
	}
	pod, err := d.awaitPod(ctx, 1)
	if err != nil {
		return err
	}
	d.show(pod)
	return nil
}

// values returns the values of the chart, with arguments of Prometheus.
func (d *demo) values(args map[string]any) map[string]any {
	prometheus := map[string]any{"args": args}
	maps.Copy(prometheus, d.prometheus)
	return map[string]any{"prometheus": prometheus}
}

// clearNamespace deletes the namespace of an earlier run, and creates it again.
func (d *demo) clearNamespace(ctx context.Context) error {
	object := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: namespace}}
	if err := client.IgnoreNotFound(d.Delete(ctx, object)); err != nil {
		return fmt.Errorf("deleting the namespace of an earlier demonstration: %w", err)
	}
	return d.await(ctx, "the namespace to be created", func() (bool, error) {
		err := d.Create(ctx, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: namespace}})
		if apierrors.IsAlreadyExists(err) {
			return false, nil
		}
		return err == nil, err
	})
}

func (d *demo) showConfigMaps(ctx context.Context) error {
	d.tell("Create the ConfigMaps with the recording rules and the names to export.")
	flags := append([]string{"generate"}, d.generateFlags...)
	d.command("linkerd gcm %s | kubectl apply --server-side -f -", strings.Join(flags, " "))
	configMaps, err := d.linkerdGCM(ctx, flags...)
	if err != nil {
		return err
	}
	applied, err := d.ApplyYAML(ctx, configMaps)
	if err != nil {
		return err
	}
	for _, object := range applied {
		d.line("ConfigMap %s/%s", object.GetNamespace(), object.GetName())
	}
	return nil
}

// linkerdGCM runs the CLI.
func (d *demo) linkerdGCM(ctx context.Context, arguments ...string) (string, error) {
	paths, err := programs.Ensure(ctx, d.root, os.Stderr, programs.LinkerdGCM)
	if err != nil {
		return "", err
	}
	command := exec.CommandContext(ctx, paths[programs.LinkerdGCM], arguments...)
	command.Env = append(os.Environ(), "KUBECONFIG="+d.Kubeconfig)
	printed, err := command.Output()
	if err != nil {
		return string(printed), fmt.Errorf("running linkerd-gcm %s: %w", arguments[0], err)
	}
	return string(printed), nil
}

func (d *demo) showAnnotations(ctx context.Context) error {
	d.tell("Annotate the namespace.")
	object := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: namespace}}
	if err := d.Get(ctx, client.ObjectKeyFromObject(object), object); err != nil {
		return fmt.Errorf("reading the namespace: %w", err)
	}
	before := client.MergeFrom(object.DeepCopy())
	object.Annotations = map[string]string{
		settings.Inject: "enabled", settings.ProjectID: "my-project",
		settings.Location: "us-central1", settings.ClusterName: "my-cluster",
	}
	d.command("kubectl annotate namespace %s %s=enabled %s=my-project \\", namespace, settings.Inject, settings.ProjectID)
	d.command("    %s=us-central1 %s=my-cluster", settings.Location, settings.ClusterName)
	maps.Copy(object.Annotations, d.annotations)
	for key, value := range d.annotations {
		d.command("    %s=%s", key, value)
	}
	if err := d.Patch(ctx, object, before); err != nil {
		return fmt.Errorf("annotating the namespace: %w", err)
	}
	d.line("nothing happens yet: pods are injected when they are created")
	return nil
}

func (d *demo) showInjectedPod(ctx context.Context) error {
	d.tell("Upgrade linkerd-viz, for any reason. Its values do not mention a sidecar, but the new pod has one.")
	d.command("helm upgrade linkerd-viz …")
	values := d.values(map[string]any{"storage.tsdb.retention.time": "5h"})
	if err := viz.Upgrade(ctx, d.Kubeconfig, namespace, values); err != nil {
		return err
	}
	pod, err := d.awaitPod(ctx, 2)
	if err != nil {
		return err
	}
	d.show(pod)
	d.line("  annotation %s", settings.Status)
	d.line("    %s", pod.Annotations[settings.Status])
	return nil
}

func (d *demo) showEvents(ctx context.Context) error {
	d.tell("An event of the Deployment reports it.")
	d.command("kubectl -n %s describe deployment prometheus", namespace)
	return d.await(ctx, "the event", func() (bool, error) {
		var events corev1.EventList
		if err := d.List(ctx, &events, client.InNamespace(namespace)); err != nil {
			return false, fmt.Errorf("listing events: %w", err)
		}
		i := slices.IndexFunc(events.Items, func(e corev1.Event) bool { return e.Reason == "Injected" })
		if i < 0 {
			return false, nil
		}
		d.line("%s  %s  %s", events.Items[i].Type, events.Items[i].Reason, events.Items[i].Message)
		return true, nil
	})
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
