package e2e

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/cli-runtime/pkg/genericclioptions"

	"helm.sh/helm/v4/pkg/action"
	"helm.sh/helm/v4/pkg/chart/common"
	"helm.sh/helm/v4/pkg/chart/v2/lint"
	"helm.sh/helm/v4/pkg/chart/v2/lint/support"
	"helm.sh/helm/v4/pkg/kube"
	release "helm.sh/helm/v4/pkg/release/v1"

	"github.com/linkerd-gcm/linkerd-gcm/manifests"
)

func TestManifestsHelmLintsEveryVariant(t *testing.T) {
	t.Parallel()
	version, err := common.ParseKubeVersion("v1.34.4")
	if err != nil {
		t.Fatal(err)
	}
	variants := manifestVariants(t)
	for _, name := range slices.Sorted(maps.Keys(variants)) {
		t.Run(name, func(t *testing.T) {
			result := lint.RunAll("../manifests/linkerd-gcm", variants[name], "linkerd-gcm", lint.WithKubeVersion(version))
			for _, message := range result.Messages {
				if message.Severity > support.InfoSev {
					t.Error(message.Error())
				}
			}
		})
	}
}

// helmIn returns Helm for releases in a namespace, which is deleted when the test ends.
func helmIn(t *testing.T, namespace string) *action.Configuration {
	t.Helper()
	flags := genericclioptions.NewConfigFlags(false)
	flags.KubeConfig, flags.Namespace = &kubeconfig, &namespace
	helm := action.NewConfiguration()
	if err := helm.Init(flags, namespace, "secret"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := client.CoreV1().Namespaces().Delete(context.Background(), namespace, metav1.DeleteOptions{}); err != nil && !apierrors.IsNotFound(err) {
			t.Error(err)
		}
	})
	return helm
}

// helmInstall is `helm install linkerd-gcm --create-namespace`.
func helmInstall(t *testing.T, helm *action.Configuration, namespace string, values map[string]any) (*release.Release, error) {
	t.Helper()
	chart, err := manifests.Chart()
	if err != nil {
		t.Fatal(err)
	}
	install := action.NewInstall(helm)
	install.ReleaseName, install.Namespace, install.CreateNamespace = "linkerd-gcm", namespace, true
	install.WaitStrategy, install.Timeout = kube.HookOnlyStrategy, time.Minute
	installed, err := install.RunWithContext(t.Context(), chart, values)
	if err != nil {
		return nil, err
	}
	return installed.(*release.Release), nil
}

// helmUninstall is `helm uninstall linkerd-gcm`.
func helmUninstall(t *testing.T, helm *action.Configuration) {
	t.Helper()
	uninstall := action.NewUninstall(helm)
	uninstall.WaitStrategy, uninstall.Timeout = kube.HookOnlyStrategy, time.Minute
	if _, err := uninstall.Run("linkerd-gcm"); err != nil {
		t.Fatal(err)
	}
}

// Helm does not take over what kubectl has applied, and says what to do instead; doing so
// works. This does not run in parallel with other tests: the webhook configurations have
// the same name in the whole cluster.
func TestManifestsHelmRefusesWhatKubectlApplied(t *testing.T) {
	for name, way := range map[string][]string{"client-side": clientSide, "server-side": serverSide} {
		t.Run(name, func(t *testing.T) {
			namespace := fmt.Sprintf("adopt-%d", rand.Uint32())
			helm := helmIn(t, namespace)
			stream, err := manifests.Render(manifests.Options{Namespace: namespace})
			if err != nil {
				t.Fatal(err)
			}
			removeAtEnd(t, strictClient(t), parseObjects(t, stream)...)
			if printed, err := kubectl(t, string(stream), way...); err != nil {
				t.Fatalf("%v\n%s", err, printed)
			}
			_, err = helmInstall(t, helm, namespace, map[string]any{"replicas": 3})
			if want := "already installed in this cluster, with kubectl"; err == nil || !strings.Contains(err.Error(), want) {
				t.Fatalf("Helm says %v, want %q", err, want)
			}
			awaitPods(t, namespace, 2)

			uninstalled, stderr, err := linkerdGCM(t, "uninstall")
			if err != nil {
				t.Fatalf("uninstall: %v\n%s", err, stderr)
			}
			if printed, err := kubectl(t, string(uninstalled), "delete", "-f", "-"); err != nil {
				t.Fatalf("%v\n%s", err, printed)
			}
			if _, err := helmInstall(t, helm, namespace, map[string]any{"replicas": 3}); err != nil {
				t.Fatal(err)
			}
			awaitPods(t, namespace, 3)
			helmUninstall(t, helm)
		})
	}
}

// kubectl does not take over what Helm has installed.
func TestManifestsKubectlRefusesWhatHelmInstalled(t *testing.T) {
	namespace := fmt.Sprintf("helm-%d", rand.Uint32())
	helm := helmIn(t, namespace)
	if _, err := helmInstall(t, helm, namespace, nil); err != nil {
		t.Fatal(err)
	}
	stream, err := manifests.Render(manifests.Options{Namespace: namespace, Values: map[string]any{"replicas": 3}})
	if err != nil {
		t.Fatal(err)
	}
	printed, err := kubectl(t, string(stream), serverSide...)
	if want := ".spec.replicas"; err == nil || !strings.Contains(printed, want) {
		t.Errorf("kubectl says %v and %q, want %q", err, printed, want)
	}
	awaitPods(t, namespace, 2)
	helmUninstall(t, helm)
}

// Helm itself installs, upgrades and uninstalls. This does not run in parallel with other
// tests: the webhook configurations have the same name in the whole cluster.
func TestManifestsHelmInstallsUpgradesAndUninstalls(t *testing.T) {
	namespace := fmt.Sprintf("helm-%d", rand.Uint32())
	helm := helmIn(t, namespace)
	chart, err := manifests.Chart()
	if err != nil {
		t.Fatal(err)
	}
	installed, err := helmInstall(t, helm, namespace, nil)
	if err != nil {
		t.Fatal(err)
	}
	notes := installed.Info.Notes
	if want := "kubectl label namespace " + namespace + " linkerd.io/extension=gcm"; !strings.Contains(notes, want) {
		t.Errorf("the notes do not contain %q:\n%s", want, notes)
	}
	awaitPods(t, namespace, 2)

	upgrade := action.NewUpgrade(helm)
	upgrade.Namespace, upgrade.WaitStrategy, upgrade.Timeout = namespace, kube.HookOnlyStrategy, time.Minute
	if _, err := upgrade.RunWithContext(t.Context(), "linkerd-gcm", chart, map[string]any{"replicas": 3}); err != nil {
		t.Fatal(err)
	}
	awaitPods(t, namespace, 3)

	helmUninstall(t, helm)
	labelled := metav1.ListOptions{LabelSelector: "linkerd.io/extension=gcm"}
	configurations, err := client.AdmissionregistrationV1().MutatingWebhookConfigurations().List(t.Context(), labelled)
	if err != nil || len(configurations.Items) > 0 {
		t.Errorf("Helm left %v behind: %v", configurations, err)
	}
	roles, err := client.RbacV1().ClusterRoles().List(t.Context(), labelled)
	if err != nil || len(roles.Items) > 0 {
		t.Errorf("Helm left %v behind: %v", roles, err)
	}
}
