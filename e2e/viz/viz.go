// Package viz installs and upgrades a small chart with Helm. The chart creates the same
// Prometheus as linkerd-viz' chart, as far as an injector can see it, and nothing else of
// linkerd-viz.
package viz

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"helm.sh/helm/v4/pkg/action"
	"helm.sh/helm/v4/pkg/chart/v2/loader"
	"helm.sh/helm/v4/pkg/kube"
	"helm.sh/helm/v4/pkg/storage/driver"
	"k8s.io/cli-runtime/pkg/genericclioptions"

	"github.com/linkerd-gcm/linkerd-gcm/internal/checkout"
)

// Release is the name of the Helm release.
const Release = "linkerd-viz"

// Upgrade installs the chart in a namespace, or upgrades it if it is installed already,
// as `helm upgrade --install` does. It does not wait for pods.
func Upgrade(ctx context.Context, kubeconfig, namespace string, values map[string]any) error {
	getter := genericclioptions.NewConfigFlags(false)
	getter.KubeConfig, getter.Namespace = &kubeconfig, &namespace
	var configuration action.Configuration
	if err := configuration.Init(getter, namespace, "secret"); err != nil {
		return fmt.Errorf("connecting Helm to the API server: %w", err)
	}
	root, err := checkout.Root()
	if err != nil {
		return err
	}
	vizChart, err := loader.LoadDir(filepath.Join(root, "e2e", "viz", "chart"))
	if err != nil {
		return fmt.Errorf("loading the chart: %w", err)
	}
	_, err = action.NewHistory(&configuration).Run(Release)
	if errors.Is(err, driver.ErrReleaseNotFound) {
		install := action.NewInstall(&configuration)
		install.ReleaseName, install.Namespace = Release, namespace
		install.WaitStrategy, install.Timeout = kube.HookOnlyStrategy, time.Minute
		_, err = install.RunWithContext(ctx, vizChart, values)
	} else if err == nil {
		upgrade := action.NewUpgrade(&configuration)
		upgrade.Namespace = namespace
		upgrade.WaitStrategy, upgrade.Timeout = kube.HookOnlyStrategy, time.Minute
		_, err = upgrade.RunWithContext(ctx, Release, vizChart, values)
	}
	if err != nil {
		return fmt.Errorf("upgrading the release %s in %s: %w", Release, namespace, err)
	}
	return nil
}
