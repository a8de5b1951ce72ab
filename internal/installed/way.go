package installed

import (
	"cmp"
	"fmt"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Marks of those who apply objects. Those of Helm, Argo CD and Flux are documented by
// these projects; createdBy is the chart's, and its value begins with one of the others.
const (
	createdBy  = "linkerd.io/created-by"
	byCLI      = "linkerd-gcm/cli "
	byHelm     = "linkerd-gcm/helm "
	withValues = ", with values"

	helmRelease          = "meta.helm.sh/release-name"
	helmNamespace        = "meta.helm.sh/release-namespace"
	argoTracking         = "argocd.argoproj.io/tracking-id"
	argoInstance         = "argocd.argoproj.io/instance"
	instance             = "app.kubernetes.io/instance"
	fluxHelmRelease      = "helm.toolkit.fluxcd.io/name"
	fluxHelmNamespace    = "helm.toolkit.fluxcd.io/namespace"
	fluxKustomization    = "kustomize.toolkit.fluxcd.io/name"
	fluxKustomizationsNS = "kustomize.toolkit.fluxcd.io/namespace"
)

// Way is how linkerd-gcm was installed. The zero value is as the documentation says:
// what `linkerd gcm install` prints, applied with kubectl.
type Way struct {
	repair, upgrade string
}

// WayOf returns how objects of linkerd-gcm were installed: the first that carries a mark
// says it.
func WayOf(objects ...metav1.Object) Way {
	for _, object := range objects {
		annotations, labels := object.GetAnnotations(), object.GetLabels()
		for _, read := range readers {
			if way := read(annotations, labels); way != (Way{}) {
				return way
			}
		}
	}
	return Way{}
}

// readers recognise one way each. Flux leaves Helm's marks beside its own, and whoever
// renders the chart for Argo CD leaves the chart's, so that the order matters.
var readers = []func(annotations, labels map[string]string) Way{wayOfFlux, wayOfHelm, wayOfArgoCD, wayOfChart}

func wayOfFlux(_, labels map[string]string) Way {
	if name, namespace := labels[fluxHelmRelease], labels[fluxHelmNamespace]; name != "" {
		return Way{
			repair:  fmt.Sprintf("flux reconcile helmrelease %s --namespace %s --force", name, namespace),
			upgrade: fmt.Sprintf("another version of the chart in Flux' HelmRelease %s/%s", namespace, name),
		}
	}
	if name, namespace := labels[fluxKustomization], labels[fluxKustomizationsNS]; name != "" {
		return Way{
			repair:  fmt.Sprintf("flux reconcile kustomization %s --namespace %s --with-source", name, namespace),
			upgrade: fmt.Sprintf("another version in the source of Flux' Kustomization %s/%s", namespace, name),
		}
	}
	return Way{}
}

func wayOfHelm(annotations, _ map[string]string) Way {
	name := annotations[helmRelease]
	if name == "" {
		return Way{}
	}
	// The values of the release stay, and new ones of the chart come in.
	return Way{repair: fmt.Sprintf("helm upgrade %s CHART --namespace %s --reset-then-reuse-values", name, annotations[helmNamespace])}
}

func wayOfArgoCD(annotations, labels map[string]string) Way {
	// The tracking ID is APPLICATION:GROUP/KIND:NAMESPACE/NAME.
	tracked, _, _ := strings.Cut(annotations[argoTracking], ":")
	name := cmp.Or(tracked, labels[argoInstance], labels[instance])
	if name == "" {
		return Way{}
	}
	// Of an Application outside Argo CD's own namespace: NAMESPACE_NAME.
	name = strings.Replace(name, "_", "/", 1)
	return Way{
		repair:  "argocd app sync " + name,
		upgrade: "another targetRevision in Argo CD's Application " + name,
	}
}

func wayOfChart(annotations, _ map[string]string) Way {
	switch by := annotations[createdBy]; {
	case strings.HasPrefix(by, byHelm):
		return Way{repair: "helm template linkerd-gcm CHART with the values of the installation, and apply what it prints"}
	case strings.HasPrefix(by, byCLI) && strings.HasSuffix(by, withValues):
		return Way{repair: "linkerd gcm install --values FILE | kubectl apply --server-side -f -, with the values of the installation"}
	default:
		return Way{}
	}
}

// Repair returns the command that installs what is missing or was changed, with the same
// values; a user has to replace words in capitals.
func (w Way) Repair() string {
	return cmp.Or(w.repair, "linkerd gcm install | kubectl apply --server-side -f -")
}

// Upgrade returns how to install another version: a command, as Repair does, or what to
// change.
func (w Way) Upgrade() string { return cmp.Or(w.upgrade, w.Repair()) }
