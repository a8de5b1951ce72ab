package check

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/linkerd-gcm/linkerd-gcm/inject"
	"github.com/linkerd-gcm/linkerd-gcm/inject/apiserver"
	"github.com/linkerd-gcm/linkerd-gcm/lint"
	"github.com/linkerd-gcm/linkerd-gcm/settings"
	"github.com/linkerd-gcm/linkerd-gcm/stackdriver"
)

var configurationChecks = []Check{
	{
		ID: "viz", Category: dataPlaneCategory, Severity: Warning, Stage: DataPlane,
		Description: "linkerd-viz is installed",
		Means:       "There is no Prometheus to export from: no namespace is labelled `linkerd.io/extension=viz`, and none is annotated.",
		Do:          "`linkerd viz install | kubectl apply -f -`",
		run:         vizIsInstalled,
	},
	{
		ID: "annotated", Category: dataPlaneCategory, Severity: Warning, Stage: DataPlane,
		Description: "linkerd-viz' namespaces ask for the sidecar",
		Means:       "Nothing is exported from a namespace that does not ask. One with `gcm.linkerd.io/inject=disabled` does not want to, and is passed over.",
		Do:          "Annotate the namespace as [annotations.md](annotations.md) says.",
		run:         namespacesAsk,
	},
	{
		ID: "selected", Category: dataPlaneCategory, Severity: Error, Stage: DataPlane,
		Description: "the webhooks are asked about linkerd-viz' namespaces",
		Means:       "The namespace's labels keep the webhooks away, so that no pod is injected and nothing is validated.",
		Do:          "`kubectl label namespace linkerd-viz config.linkerd.io/admission-webhooks-`",
		run:         namespacesAreSelected,
	},
	{
		ID: "configuration", Category: dataPlaneCategory, Severity: Error, Stage: DataPlane,
		Description: "annotations and ConfigMaps are without errors",
		Means:       "The next pod of Prometheus is refused, or starts without the sidecar.",
		Do:          "`linkerd gcm lint --namespace linkerd-viz` shows each place; [lint.md](lint.md) explains each rule.",
		run:         configurationHasNoErrors,
	},
	{
		ID: "configuration-warnings", Category: dataPlaneCategory, Severity: Warning, Stage: DataPlane,
		Description: "annotations and ConfigMaps are without warnings",
		Means:       "Some metrics may be lost, or are not what they seem.",
		Do:          "`linkerd gcm lint --namespace linkerd-viz` shows each place; [lint.md](lint.md) explains each rule.",
		run:         configurationHasNoWarnings,
	},
}

// vizNamespace is a namespace of linkerd-viz, and the pods of its Prometheus.
type vizNamespace struct {
	*metav1.PartialObjectMetadata

	pods []corev1.Pod
}

// asks reports whether the namespace asks for the sidecar, or one of its pods does
// by itself.
func (v vizNamespace) asks() bool {
	return inject.Requested(v.Annotations, nil) || slices.ContainsFunc(v.pods, podAsks)
}

// vizNamespaces reads the namespaces that are linkerd-viz': by their label, by our
// annotation, or because Prometheus runs there, whose namespace Helm may have left
// without a label.
func (e *examination) vizNamespaces(ctx context.Context) ([]vizNamespace, error) {
	if e.foundViz != nil {
		return e.foundViz, nil
	}
	found := []vizNamespace{}
	var namespaces []metav1.PartialObjectMetadata
	if e.Namespace != "" {
		one, err := e.namespace(ctx, e.Namespace)
		if err != nil {
			return nil, err
		}
		if one != nil {
			namespaces = append(namespaces, *one)
		}
	} else {
		var err error
		if namespaces, err = e.namespaces(ctx); err != nil {
			return nil, err
		}
	}
	pods, err := e.prometheusPods(ctx, e.Namespace)
	if err != nil {
		return nil, err
	}
	for i, n := range namespaces {
		if n.DeletionTimestamp != nil {
			continue // what is in it goes, whatever it is like
		}
		v := vizNamespace{PartialObjectMetadata: &namespaces[i]}
		for _, pod := range pods {
			if pod.Namespace == n.Name {
				v.pods = append(v.pods, pod)
			}
		}
		_, annotated := n.Annotations[settings.Inject]
		if n.Labels[extensionLabel] == "viz" || annotated || len(v.pods) > 0 {
			found = append(found, v)
		}
	}
	e.foundViz = found
	return found, nil
}

// asking are the namespaces that ask for the sidecar.
func (e *examination) asking(ctx context.Context) ([]vizNamespace, error) {
	found, err := e.vizNamespaces(ctx)
	if err != nil {
		return nil, err
	}
	var asking []vizNamespace
	for _, v := range found {
		if v.asks() {
			asking = append(asking, v)
		}
	}
	if len(asking) == 0 {
		return nil, errNotApplicable
	}
	return asking, nil
}

func vizIsInstalled(ctx context.Context, e *examination) error {
	found, err := e.vizNamespaces(ctx)
	switch {
	case err != nil:
		return err
	case len(found) > 0:
		return nil
	case e.Namespace != "":
		// Linkerd passes the namespace of an application on, which is not our business.
		namespace, err := e.namespace(ctx, e.Namespace)
		if err == nil && namespace == nil {
			return fmt.Errorf("there is no namespace %s", e.Namespace)
		}
		return cmp.Or(err, errNotApplicable)
	}
	return fmt.Errorf("no namespace is labelled %s=viz, so there is no Prometheus to export from: run linkerd viz install | kubectl apply -f -", extensionLabel)
}

func namespacesAsk(ctx context.Context, e *examination) error {
	found, err := e.vizNamespaces(ctx)
	if err != nil {
		return err
	}
	if len(found) == 0 {
		return errNotApplicable
	}
	defaults, err := e.defaults(ctx)
	if err != nil {
		return err
	}
	var problems []string
	for _, v := range found {
		if _, given := v.Annotations[settings.Inject]; !given && !slices.ContainsFunc(v.pods, podAsks) {
			problems = append(problems, unannotated(v.Name, defaults))
		}
	}
	return all(problems)
}

func podAsks(pod corev1.Pod) bool { return inject.Requested(nil, pod.Annotations) }

func unannotated(namespace string, defaults settings.Defaults) string {
	command := fmt.Sprintf("kubectl annotate namespace %s %s=enabled %s=<project>", namespace, settings.Inject, settings.ProjectID)
	if defaults.SidecarImage == "" {
		command += " " + settings.SidecarImage + "=<image>"
	}
	return fmt.Sprintf("namespace %s does not ask for the sidecar: run linkerd gcm generate --viz-namespace %[1]s | kubectl apply -f -, then %s", namespace, command)
}

// defaults are what the injector was started with.
func (e *examination) defaults(ctx context.Context) (settings.Defaults, error) {
	i, err := e.installation(ctx)
	if err = cmp.Or(err, i.undeployed); err != nil {
		return settings.Defaults{}, err
	}
	return settings.Defaults{SidecarImage: i.flag("--sidecar-image")}, nil
}

func namespacesAreSelected(ctx context.Context, e *examination) error {
	asking, err := e.asking(ctx)
	if err != nil {
		return err
	}
	i, err := e.installation(ctx)
	if err = cmp.Or(err, i.unread); err != nil {
		return err
	}
	var problems []string
	for _, v := range asking {
		for _, w := range i.webhooks() {
			selector, err := metav1.LabelSelectorAsSelector(w.selector)
			if err != nil {
				return fmt.Errorf("reading the namespaceSelector of webhook %s: %w", w.name, err)
			}
			if !selector.Matches(labels.Set(v.Labels)) {
				problems = append(problems, unselected(v, w))
			}
		}
	}
	return all(problems)
}

func unselected(v vizNamespace, w endpoint) string {
	if v.Labels[optOutLabel] == "disabled" {
		return fmt.Sprintf("namespace %s is labelled %s=disabled, which keeps webhook %s away: run kubectl label namespace %[1]s %[2]s-", v.Name, optOutLabel, w.name)
	}
	return fmt.Sprintf("the namespaceSelector of webhook %s leaves out namespace %s: run %s", w.name, v.Name, applyAgain)
}

func configurationHasNoErrors(ctx context.Context, e *examination) error {
	return e.lint(ctx, lint.Error)
}

func configurationHasNoWarnings(ctx context.Context, e *examination) error {
	return e.lint(ctx, lint.Warning)
}

// lint judges the configuration of each namespace that asks, with the pods that its
// Deployments make, as linkerd-gcm lint does.
func (e *examination) lint(ctx context.Context, severity lint.Severity) error {
	asking, err := e.asking(ctx)
	if err != nil {
		return err
	}
	var problems []string
	for _, v := range asking {
		findings, err := e.findings(ctx, v)
		if err != nil {
			return err
		}
		problems = append(problems, summary(v.Name, findings, severity)...)
	}
	return all(problems)
}

// findings are those about the pods that the Deployments of Prometheus make; where
// there are none, about its newest pod, or about the namespace alone.
func (e *examination) findings(ctx context.Context, v vizNamespace) ([]lint.Finding, error) {
	deployments, err := e.deployments(ctx, v.Name)
	if err != nil {
		return nil, err
	}
	pods := []*corev1.Pod{v.newest()}
	if len(deployments) > 0 {
		pods = nil
	}
	for i := range deployments {
		pods = append(pods, podOf(&deployments[i]))
	}
	var findings []lint.Finding
	for _, pod := range pods {
		c, err := e.configuration(ctx, v, pod)
		if err != nil {
			return nil, err
		}
		findings = append(findings, lint.Check(c.Input).Findings...)
	}
	return slices.Compact(findings), nil
}

func (v vizNamespace) newest() *corev1.Pod {
	var newest *corev1.Pod
	for i, pod := range v.pods {
		if newest == nil || newest.CreationTimestamp.Before(&pod.CreationTimestamp) {
			newest = &v.pods[i]
		}
	}
	return newest
}

// settings are those of the newest pod, or of the next one where there is none.
func (v vizNamespace) settings() settings.Settings {
	var overlay map[string]string
	if pod := v.newest(); pod != nil {
		overlay = pod.Annotations
	}
	s, _ := settings.Parse(v.Annotations, overlay, settings.Defaults{})
	return s
}

// configuration reads what a pod would be injected with today. Where nobody knows
// the injector's default image, that of a sidecar which is there stands for it.
func (e *examination) configuration(ctx context.Context, v vizNamespace, pod *corev1.Pod) (inject.PodConfiguration, error) {
	defaults, err := e.defaults(ctx)
	if err != nil {
		return inject.PodConfiguration{}, err
	}
	for _, other := range v.pods {
		if container := stackdriver.Find(&other.Spec); container != nil && defaults.SidecarImage == "" {
			defaults.SidecarImage = container.Image
		}
	}
	decider := inject.Decider{Reader: apiserver.NamespaceReader{Client: e.client}, Defaults: defaults}
	return decider.PodConfiguration(ctx, v.Name, v.Annotations, pod)
}

// mostFindings is how many findings are shown of one namespace.
const mostFindings = 5

// summary shows the first findings of a severity, and how to see the rest.
func summary(namespace string, findings []lint.Finding, severity lint.Severity) []string {
	var shown []string
	count := 0
	for _, f := range findings {
		if f.Severity != severity {
			continue
		}
		if count++; count <= mostFindings {
			shown = append(shown, f.String())
		}
	}
	if count == 0 {
		return nil
	}
	head := fmt.Sprintf("namespace %s has %d %ss, which linkerd gcm lint --namespace %[1]s shows in full:", namespace, count, severity)
	if count == 1 {
		head = fmt.Sprintf("namespace %s has 1 %s, which linkerd gcm lint --namespace %[1]s shows in full:", namespace, severity)
	}
	if count > mostFindings {
		shown = append(shown, fmt.Sprintf("and %d more", count-mostFindings))
	}
	return append([]string{head}, shown...)
}

// annotatedAt returns when the namespace was told to inject, as far as its managed
// fields tell: whoever wrote the annotation may have written something else since.
func (v vizNamespace) annotatedAt() (at time.Time, known bool) {
	for _, m := range v.ManagedFields {
		if m.FieldsV1 != nil && m.Time != nil && strings.Contains(m.FieldsV1.GetRawString(), `"f:`+settings.Inject+`"`) {
			return m.Time.Time, true
		}
	}
	return time.Time{}, false
}

func (v vizNamespace) restart() string {
	return fmt.Sprintf("kubectl -n %s rollout restart deployment/prometheus", v.Name)
}
