package installed

import (
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func TestWayOf(t *testing.T) {
	const byDefault = "linkerd gcm install | kubectl apply --server-side -f -"
	type marks = map[string]string
	for name, test := range map[string]struct {
		annotations, labels marks
		repair, upgrade     string
	}{
		"no mark":          {nil, nil, byDefault, byDefault},
		"the command line": {marks{createdBy: "linkerd-gcm/cli v0.1.0"}, nil, byDefault, byDefault},
		"the command line with values": {
			marks{createdBy: "linkerd-gcm/cli v0.1.0, with values"}, nil,
			"linkerd gcm install --values FILE | kubectl apply --server-side -f -, with the values of the installation",
			"linkerd gcm install --values FILE | kubectl apply --server-side -f -, with the values of the installation",
		},
		"Helm": {
			marks{createdBy: "linkerd-gcm/helm v0.1.0", helmRelease: "gcm", helmNamespace: "ns"}, marks{"app.kubernetes.io/managed-by": "Helm"},
			"helm upgrade gcm CHART --namespace ns --reset-then-reuse-values", "helm upgrade gcm CHART --namespace ns --reset-then-reuse-values",
		},
		"Flux with Helm": {
			marks{createdBy: "linkerd-gcm/helm v0.1.0", helmRelease: "gcm", helmNamespace: "ns"}, marks{fluxHelmRelease: "hr", fluxHelmNamespace: "flux-system"},
			"flux reconcile helmrelease hr --namespace flux-system --force", "another version of the chart in Flux' HelmRelease flux-system/hr",
		},
		"Flux with a Kustomization": {
			marks{createdBy: "linkerd-gcm/cli v0.1.0"}, marks{fluxKustomization: "apps", fluxKustomizationsNS: "flux-system"},
			"flux reconcile kustomization apps --namespace flux-system --with-source", "another version in the source of Flux' Kustomization flux-system/apps",
		},
		"Argo CD with its annotation": {
			marks{createdBy: "linkerd-gcm/helm v0.1.0", argoTracking: "gcm:apps/Deployment:linkerd-gcm/gcm-injector"}, nil,
			"argocd app sync gcm", "another targetRevision in Argo CD's Application gcm",
		},
		"Argo CD, an Application in another namespace": {
			marks{argoTracking: "team_gcm:apps/Deployment:linkerd-gcm/gcm-injector"}, nil,
			"argocd app sync team/gcm", "another targetRevision in Argo CD's Application team/gcm",
		},
		"Argo CD with its label": {
			nil, marks{instance: "gcm"}, "argocd app sync gcm", "another targetRevision in Argo CD's Application gcm",
		},
		"a rendered chart": {
			marks{createdBy: "linkerd-gcm/helm v0.1.0"}, nil,
			"helm template linkerd-gcm CHART with the values of the installation, and apply what it prints",
			"helm template linkerd-gcm CHART with the values of the installation, and apply what it prints",
		},
	} {
		t.Run(name, func(t *testing.T) {
			way := WayOf(&metav1.ObjectMeta{}, &metav1.ObjectMeta{Annotations: test.annotations, Labels: test.labels})
			if way.Repair() != test.repair || way.Upgrade() != test.upgrade {
				t.Errorf("repair %q, want %q; upgrade %q, want %q", way.Repair(), test.repair, way.Upgrade(), test.upgrade)
			}
		})
	}
}
