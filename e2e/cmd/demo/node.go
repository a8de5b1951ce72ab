package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/linkerd-gcm/linkerd-gcm/e2e/kubeclient"
	"github.com/linkerd-gcm/linkerd-gcm/e2e/node"
	"github.com/linkerd-gcm/linkerd-gcm/e2e/node/images"
	"github.com/linkerd-gcm/linkerd-gcm/manifests"
	"github.com/linkerd-gcm/linkerd-gcm/settings"
)

// host is the registry in the references of images that are in no registry.
const host = "linkerd-gcm.test/"

// runOnNode is the demonstration on a node, where pods run: the sidecar exports what a
// proxy measures.
func (d *demo) runOnNode(ctx context.Context) error {
	d.generateFlags = []string{"--interval=10s", "--window=40s"}
	d.annotations = map[string]string{settings.SidecarImage: host + images.Sidecar.Name}
	d.prometheus = map[string]any{
		"image": host + images.Prometheus.Name,
		"scrapeConfigs": []any{map[string]any{
			"job_name":       "linkerd-proxy",
			"static_configs": []any{map[string]any{"targets": []any{"web.shop:4191"}, "labels": map[string]any{"namespace": "shop", "pod": "web"}}},
		}},
	}
	err := inTurn(ctx, d.importImages, d.showInstallation, d.startProxy, d.showPlainPod, d.showConfigMaps, d.showAnnotations,
		d.showInjectedPod, d.showEvents, d.showExport, d.showCheck)
	if err != nil {
		return err
	}
	d.tell("The node stays up for you to try things out:")
	d.command("export KUBECONFIG=%s", d.Kubeconfig)
	d.command("kubectl -n %s logs deployment/prometheus -c stackdriver-prometheus-sidecar", namespace)
	d.command("make node-down")
	return nil
}

// importImages imports the images into the node, because there is no registry.
func (d *demo) importImages(ctx context.Context) error {
	to, err := node.OpenImages(d.dir)
	if err != nil {
		return err
	}
	for _, image := range []images.Image{images.Prometheus, images.Sidecar, images.LinkerdProxy} {
		made, err := image.Make(ctx, d.root, os.Stderr)
		if err != nil {
			return err
		}
		if err := to.Import(ctx, host+image.Name, made); err != nil {
			return err
		}
	}
	archive, version, err := images.InjectorArchive(ctx, d.root)
	if err != nil {
		return err
	}
	file, err := os.Open(archive)
	if err != nil {
		return fmt.Errorf("importing the injector's image: %w", err)
	}
	defer file.Close()
	d.injector = host + "gcm-injector:" + version
	return to.ImportArchive(ctx, host+"gcm-injector", file)
}

func (d *demo) showInstallation(ctx context.Context) error {
	d.tell("Install linkerd-gcm.")
	image := "--image=" + d.injector
	d.command("linkerd gcm install %s | kubectl apply --server-side -f -", image)
	objects, err := d.linkerdGCM(ctx, "install", image)
	if err != nil {
		return err
	}
	if _, err := d.ApplyYAML(ctx, objects); err != nil {
		return err
	}
	deployment, err := d.AwaitDeployment(ctx, manifests.DefaultNamespace, "gcm-injector")
	if err != nil {
		return err
	}
	d.line("%d replicas of the injector are ready", deployment.Status.AvailableReplicas)
	return nil
}

// startProxy runs the replacement for a meshed pod.
func (d *demo) startProxy(ctx context.Context) error {
	_, err := d.ApplyYAML(ctx, fmt.Sprintf(`
{apiVersion: v1, kind: Namespace, metadata: {name: shop}}
---
apiVersion: v1
kind: Pod
metadata: {namespace: shop, name: web, labels: {app: web}}
spec: {containers: [{name: linkerd-proxy, image: %s, args: [--namespace=shop]}]}
---
apiVersion: v1
kind: Service
metadata: {namespace: shop, name: web}
spec: {selector: {app: web}, ports: [{port: 4191}]}
`, host+images.LinkerdProxy.Name))
	return err
}

func (d *demo) showExport(ctx context.Context) error {
	d.tell("Within a minute, the sidecar exports what the rules record. Here a probe replaces Google's sidecar and shows what it would send.")
	var pod *corev1.Pod
	var series []kubeclient.Series
	err := kubeclient.Eventually(ctx, "the sidecar exports", func(ctx context.Context) (err error) {
		if pod, err = d.awaitPod(ctx, 2); err != nil {
			return err
		}
		if series, err = d.Series(ctx, pod); err == nil && len(series) == 0 {
			err = errors.New("there are no series")
		}
		return err
	})
	if err != nil {
		return err
	}
	for _, s := range series {
		d.line("%s = %s", s.MetricType, s.Value)
	}
	return nil
}

func (d *demo) showCheck(ctx context.Context) error {
	d.tell("Check that everything works.")
	d.command("linkerd gcm check")
	table, err := d.linkerdGCM(ctx, "check")
	for line := range strings.Lines(table) {
		d.line("%s", strings.TrimRight(line, "\n"))
	}
	return err
}
