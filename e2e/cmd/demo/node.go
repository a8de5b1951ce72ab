package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/linkerd-gcm/linkerd-gcm/e2e/kubeclient"
	"github.com/linkerd-gcm/linkerd-gcm/e2e/node"
	"github.com/linkerd-gcm/linkerd-gcm/e2e/node/images"
	"github.com/linkerd-gcm/linkerd-gcm/internal/release"
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
	d.helmFlags = "--values " + d.path("viz-values.yaml")
	if err := os.WriteFile(d.path("viz-values.yaml"), []byte(vizValues()), 0o600); err != nil {
		return fmt.Errorf("writing the chart's values: %w", err)
	}
	err := inTurn(ctx, d.importImages, d.showEnvironment, d.showInstallation, d.startProxy, d.showPlainPod, d.showConfigMaps, d.showAnnotations,
		d.showInjectedPod, d.showEvents, d.showExport, d.showCheck)
	if err != nil {
		return err
	}
	d.tell("The node stays up for you to try things out:")
	d.command(fmt.Sprintf("kubectl -n %s logs deployment/prometheus -c stackdriver-prometheus-sidecar", namespace))
	d.command("make node-down")
	return nil
}

// vizValues returns values for the Prometheus of the chart, which scrapes a proxy.
func vizValues() string {
	return fmt.Sprintf(`prometheus:
  image: %s
  scrapeConfigs:
  - job_name: linkerd-proxy
    static_configs:
    - targets: [web.shop:4191]
      labels: {namespace: shop, pod: web}
`, host+images.Prometheus.Name)
}

// importImages imports the images into the node, because there is no registry.
func (d *demo) importImages(ctx context.Context) error {
	to, err := node.OpenImages(d.dir)
	if err != nil {
		return err
	}
	fmt.Fprintln(os.Stderr, "importing the images into the node; building that of linkerd-gcm takes a minute the first time")
	for _, image := range []images.Image{images.Prometheus, images.Sidecar, images.LinkerdProxy} {
		made, err := image.Make(ctx, d.root, os.Stderr)
		if err != nil {
			return err
		}
		if err := to.Import(ctx, host+image.Name, made); err != nil {
			return err
		}
	}
	version, err := d.version(ctx)
	if err != nil {
		return err
	}
	archive := d.path("linkerd-gcm-image.tar")
	if err := release.WriteImage(ctx, d.root, version, archive); err != nil {
		return fmt.Errorf("making the image of linkerd-gcm: %w", err)
	}
	file, err := os.Open(archive)
	if err != nil {
		return fmt.Errorf("importing the image of linkerd-gcm: %w", err)
	}
	defer file.Close()
	d.injector = host + "linkerd-gcm"
	return to.ImportArchive(ctx, d.injector, file)
}

// version returns that of the command line that make build has made: the injector gets
// the same.
func (d *demo) version(ctx context.Context) (string, error) {
	printed, err := exec.CommandContext(ctx, filepath.Join(d.root, "bin", "linkerd-gcm"), "version", "--client", "--short").Output()
	if err != nil {
		return "", fmt.Errorf("asking bin/linkerd-gcm for its version: %w; run: make build", err)
	}
	return strings.TrimSpace(string(printed)), nil
}

func (d *demo) showInstallation(ctx context.Context) error {
	d.tell("Install linkerd-gcm, and wait until the API server reaches it.")
	return inTurn(ctx,
		d.running("linkerd-gcm install --image "+d.injector+" | kubectl apply --server-side -f -"),
		d.running(fmt.Sprintf("kubectl -n %s rollout status deployment/gcm-injector", manifests.DefaultNamespace)),
		d.running("linkerd-gcm check --wait 2m --output short"),
	)
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
	return d.stage.run(ctx, "linkerd-gcm check")
}
