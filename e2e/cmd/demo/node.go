package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/linkerd-gcm/linkerd-gcm/e2e/node"
	"github.com/linkerd-gcm/linkerd-gcm/e2e/node/images"
	"github.com/linkerd-gcm/linkerd-gcm/e2e/standin"
	"github.com/linkerd-gcm/linkerd-gcm/internal/release"
	"github.com/linkerd-gcm/linkerd-gcm/manifests"
	"github.com/linkerd-gcm/linkerd-gcm/settings"
)

// host is the registry in the references of images that are in no registry.
const host = "linkerd-gcm.test/"

// runOnNode is the demonstration on a node, where pods run: what a proxy counts becomes points
// in an emulator of Google Cloud Monitoring, also if Google is away for a while.
func (d *demo) runOnNode(ctx context.Context) error {
	d.annotations = map[string]string{settings.CredentialsSecret: "google"}
	d.helmFlags = "--values " + d.path("viz-values.yaml")
	err := inTurn(ctx, d.makeGoogleFiles, d.importImages, d.showEnvironment, d.showGoogle, d.showInstallation, d.startProxy,
		d.showPlainPod, d.showCredentials, d.showAnnotations, d.showInjectedPod, d.showEvents, d.showArrival, d.showOutage, d.showReturn, d.showCheck)
	if err != nil {
		return err
	}
	d.Tell("What next? The node stays up for you to try things out, and so does the page of the emulator: " + d.page)
	d.Command(fmt.Sprintf("kubectl -n %s logs deployment/prometheus -c gcm-exporter", namespace))
	d.Command("linkerd-gcm generate | kubectl apply --server-side -f -   # the same configuration, to edit while it runs")
	d.Command("make node-down")
	d.Line("For a cluster of yours, README.md has five minutes: install, annotate, restart.")
	return nil
}

// vizValues returns values for the Prometheus of the chart: it scrapes a proxy, of which it
// knows what it would have discovered in a whole linkerd-viz, and Google's name leads to the
// emulator.
func vizValues(google string) string {
	return fmt.Sprintf(`prometheus:
  image: %s
  hostAliases:
  - {ip: %s, hostnames: [%s]}
  scrapeConfigs:
  - job_name: linkerd-proxy
    static_configs:
    - targets: [web.shop:4191]
      labels:
        namespace: shop
        pod: web
        deployment: web
        __meta_kubernetes_namespace: shop
        __meta_kubernetes_pod_name: web
        __meta_kubernetes_pod_container_name: linkerd-proxy
`, host+images.Prometheus.Name, google, standin.Host)
}

// importImages imports the images into the node, because there is no registry.
func (d *demo) importImages(ctx context.Context) error {
	to, err := node.OpenImages(d.dir)
	if err != nil {
		return err
	}
	fmt.Fprintln(os.Stderr, "importing the images into the node; building that of linkerd-gcm takes a minute the first time")
	for _, image := range []images.Image{images.Prometheus, images.LinkerdProxy, images.Google} {
		made, err := image.Make(ctx, d.Root, os.Stderr)
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
	made, err := d.makeImage(ctx, version)
	if err != nil {
		return err
	}
	d.image = host + "linkerd-gcm:" + version
	return to.Import(ctx, d.image, made)
}

// makeImage makes the image of linkerd-gcm as `make image` does, with one more layer: the
// certificate of what stands in for Google.
func (d *demo) makeImage(ctx context.Context, version string) (v1.Image, error) {
	archive := d.path("linkerd-gcm-image.tar")
	if err := release.WriteImage(ctx, d.Root, version, archive); err != nil {
		return nil, fmt.Errorf("making the image of linkerd-gcm: %w", err)
	}
	folder := d.path("linkerd-gcm-image")
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, fmt.Errorf("making a folder for the image of linkerd-gcm: %w", err)
	}
	index, err := images.ReadArchive(archive, folder)
	if err != nil {
		return nil, err
	}
	certificate, err := os.ReadFile(d.path("google.crt"))
	if err != nil {
		return nil, fmt.Errorf("reading the certificate of Google's emulator: %w", err)
	}
	return images.Trusting(index, certificate)
}

// version returns that of the command line that make build has made: the injector gets
// the same.
func (d *demo) version(ctx context.Context) (string, error) {
	printed, err := exec.CommandContext(ctx, filepath.Join(d.Root, "bin", "linkerd-gcm"), "version", "--client", "--short").Output()
	if err != nil {
		return "", fmt.Errorf("asking bin/linkerd-gcm for its version: %w; run: make build", err)
	}
	return strings.TrimSpace(string(printed)), nil
}

func (d *demo) showInstallation(ctx context.Context) error {
	d.Tell("Install linkerd-gcm, and wait until the API server reaches it.")
	return inTurn(ctx,
		d.running("linkerd-gcm install --image "+d.image+" | kubectl apply --server-side -f -"),
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
spec: {terminationGracePeriodSeconds: 1, containers: [{name: linkerd-proxy, image: %s, args: [--namespace=shop]}]}
---
apiVersion: v1
kind: Service
metadata: {namespace: shop, name: web}
spec: {selector: {app: web}, ports: [{port: 4191}]}
`, host+images.LinkerdProxy.Name))
	return err
}

func (d *demo) showCheck(ctx context.Context) error {
	d.Tell("Check everything, as an administrator does.")
	return d.Stage.Run(ctx, "linkerd-gcm check")
}
