package liveroutes

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/linkerd-gcm/linkerd-gcm/routes"
)

// A Prometheus is one that prometheus-operator runs.
type Prometheus struct {
	metav1.ObjectMeta `json:"metadata"`

	Spec struct {
		ServiceAccountName              string                `json:"serviceAccountName"`
		ServiceMonitorSelector          *metav1.LabelSelector `json:"serviceMonitorSelector"`
		ServiceMonitorNamespaceSelector *metav1.LabelSelector `json:"serviceMonitorNamespaceSelector"`
		PodMonitorSelector              *metav1.LabelSelector `json:"podMonitorSelector"`
		PodMonitorNamespaceSelector     *metav1.LabelSelector `json:"podMonitorNamespaceSelector"`

		OverrideHonorLabels      bool   `json:"overrideHonorLabels"`
		IgnoreNamespaceSelectors bool   `json:"ignoreNamespaceSelectors"`
		ServiceDiscoveryRole     string `json:"serviceDiscoveryRole"`
		SampleLimit              int    `json:"sampleLimit"`
		EnforcedSampleLimit      int    `json:"enforcedSampleLimit"`
	} `json:"spec"`
}

func (p Prometheus) String() string { return p.Namespace + "/" + p.Name }

// Prometheuses reads those of prometheus-operator; known is false where there is no such
// operator.
func (c *Cluster) Prometheuses(ctx context.Context) (all []Prometheus, known bool, err error) {
	return list[Prometheus](ctx, c, "/apis/"+operatorGroup+"/v1/prometheuses", "")
}

// Scraper returns the service account of a Prometheus; false where its pods are not meshed. An
// error may also mean that there are none, of which that cannot be said.
func (c *Cluster) Scraper(ctx context.Context, p Prometheus) (routes.Scraper, bool, error) {
	pods, _, err := list[pod](ctx, c, "/api/v1/namespaces/"+p.Namespace+"/pods", "operator.prometheus.io/name="+p.Name)
	if err != nil {
		return routes.Scraper{}, false, err
	}
	if len(pods) == 0 {
		return routes.Scraper{}, false, errors.New("it has no pods")
	}
	meshed := slices.ContainsFunc(pods, func(p pod) bool { return p.Labels[controlPlaneLabel] != "" })
	return routes.Scraper{ServiceAccount: cmp.Or(p.Spec.ServiceAccountName, "default"), Namespace: p.Namespace}, meshed, nil
}

const controlPlaneLabel = "linkerd.io/control-plane-ns"

// selectors are those by which a Prometheus finds monitors of a kind, and their namespaces.
func (p Prometheus) selectors(kind string) (monitors, namespaces *metav1.LabelSelector) {
	if kind == "PodMonitor" {
		return p.Spec.PodMonitorSelector, p.Spec.PodMonitorNamespaceSelector
	}
	return p.Spec.ServiceMonitorSelector, p.Spec.ServiceMonitorNamespaceSelector
}

// Finds returns what a monitor of a kind must be like for a Prometheus to find it, if it is
// to be in a namespace where that is possible.
func (c *Cluster) Finds(ctx context.Context, p Prometheus, kind, namespace string) (routes.Operator, error) {
	monitors, namespaces := p.selectors(kind)
	if monitors == nil {
		return routes.Operator{}, fmt.Errorf("the Prometheus %s finds no %s at all, since its selector for them is not set", p, kind)
	}
	o := routes.Operator{Labels: example(monitors)}
	if selector, err := metav1.LabelSelectorAsSelector(monitors); err != nil || !selector.Matches(labels.Set(o.Labels)) {
		return o, fmt.Errorf("by which labels the Prometheus %s finds a %s cannot be said in labels: give --label", p, kind)
	}
	switch {
	case namespaces == nil:
		o.Namespace = p.Namespace
		return o, nil
	case len(namespaces.MatchLabels) == 0 && len(namespaces.MatchExpressions) == 0:
		return o, nil
	}
	var of struct {
		metav1.ObjectMeta `json:"metadata"`
	}
	if _, err := c.get(ctx, "/api/v1/namespaces/"+namespace, &of); err != nil {
		return o, err
	}
	selector, err := metav1.LabelSelectorAsSelector(namespaces)
	if err != nil || !selector.Matches(labels.Set(of.Labels)) {
		return o, fmt.Errorf("the Prometheus %s does not look for a %s in namespace %s (%s): label that namespace, or give --monitor-namespace",
			p, kind, namespace, metav1.FormatLabelSelector(namespaces))
	}
	return o, nil
}

// example returns labels that a selector selects, where there are such.
func example(selector *metav1.LabelSelector) map[string]string {
	found := map[string]string{}
	for _, e := range selector.MatchExpressions {
		switch {
		case e.Operator == metav1.LabelSelectorOpIn && len(e.Values) > 0:
			found[e.Key] = e.Values[0]
		case e.Operator == metav1.LabelSelectorOpExists:
			found[e.Key] = "true"
		}
	}
	for key, value := range selector.MatchLabels {
		found[key] = value
	}
	return found
}

// looksFor says by what a Prometheus finds monitors of a kind.
func (p Prometheus) looksFor(kind string) string {
	monitors, namespaces := p.selectors(kind)
	field := strings.ToLower(kind[:1]) + kind[1:]
	return fmt.Sprintf("its %sSelector is %s, its %sNamespaceSelector %s", field, selectorText(monitors), field, selectorText(namespaces))
}

func selectorText(s *metav1.LabelSelector) string {
	if s == nil {
		return "not set"
	}
	return metav1.FormatLabelSelector(s)
}

// findsMonitor reports whether a Prometheus of the operator finds a monitor.
func (c *Cluster) findsMonitor(ctx context.Context, p Prometheus, kind string, m metav1.ObjectMeta) (bool, error) {
	byLabels, byNamespace := p.selectors(kind)
	if byLabels == nil {
		return false, nil
	}
	selector, err := metav1.LabelSelectorAsSelector(byLabels)
	if err != nil || !selector.Matches(labels.Set(m.Labels)) {
		return false, nil //nolint:nilerr // one that is not valid selects nothing
	}
	if byNamespace == nil {
		return m.Namespace == p.Namespace, nil
	}
	if selector, err = metav1.LabelSelectorAsSelector(byNamespace); err != nil {
		return false, nil //nolint:nilerr // as above
	}
	if selector.Empty() {
		return true, nil
	}
	var of struct {
		metav1.ObjectMeta `json:"metadata"`
	}
	if _, err := c.get(ctx, "/api/v1/namespaces/"+m.Namespace, &of); err != nil {
		return false, fmt.Errorf("reading the labels of namespace %s: %w", m.Namespace, err)
	}
	return selector.Matches(labels.Set(of.Labels)), nil
}
