package check

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/linkerd-gcm/linkerd-gcm/manifests"
)

// The names of what the chart makes.
const (
	mutatingConfiguration   = "linkerd-gcm-webhook-config"
	validatingConfiguration = "linkerd-gcm-validator-webhook-config"
	deploymentName          = "gcm-injector"

	extensionLabel = "linkerd.io/extension"
	optOutLabel    = "config.linkerd.io/admission-webhooks"
	versionLabel   = "app.kubernetes.io/version"

	applyAgain = "linkerd gcm install | kubectl apply --server-side -f -"
)

var installationChecks = []Check{
	{
		ID: "namespace", Category: injectorCategory, Severity: Error, Stage: Installed,
		Description: "the namespace of linkerd-gcm exists",
		Means:       "linkerd-gcm is not installed, or half of it is gone.",
		Do:          "`" + applyAgain + "`",
		run:         namespaceExists,
	},
	{
		ID: "namespace-label", Category: injectorCategory, Severity: Error, Stage: Installed,
		Description: "the namespace is labelled as an extension of Linkerd",
		Means:       "`linkerd gcm uninstall` would leave the namespace behind, and `linkerd check` does not see that the extension is installed. Helm makes namespaces without labels.",
		Do:          "`kubectl label namespace linkerd-gcm linkerd.io/extension=gcm`",
		run:         namespaceIsLabelled,
	},
	{
		ID: "namespace-policies", Category: injectorCategory, Severity: Warning, Stage: Installed,
		Description: "the namespace keeps Linkerd's webhooks away and enforces Pod Security",
		Means:       "The injector must start when Linkerd's webhooks are down, and needs no privilege.",
		Do:          "`kubectl label namespace linkerd-gcm config.linkerd.io/admission-webhooks=disabled pod-security.kubernetes.io/enforce=restricted`",
		run:         namespaceHasPolicies,
	},
	{
		ID: "single", Category: injectorCategory, Severity: Warning, Stage: Installed,
		Description: "there is one linkerd-gcm in the cluster",
		Means:       "The webhook configurations have one name in a cluster: what was applied last holds, and the other injector is never asked.",
		Do:          "Delete the namespace that was not meant to be.",
		run:         thereIsOne,
	},
	{
		ID: "webhooks", Category: injectorCategory, Severity: Error, Stage: Installed,
		Description: "the webhook configurations exist",
		Means:       "Without them nothing is injected, or nothing is validated, and nobody is told.",
		Do:          "`" + applyAgain + "`",
		run:         webhooksExist,
	},
	{
		ID: "injector", Category: injectorCategory, Severity: Error, Stage: Installed, Retry: true,
		Description: "the injector is ready",
		Means:       "Fewer replicas than asked for answer. Without any, pods of Prometheus start without the sidecar, or not at all, as `failurePolicy` says.",
		Do:          "`kubectl -n linkerd-gcm describe pods` and `kubectl -n linkerd-gcm logs deployment/gcm-injector`; see [When the webhook is down](#when-the-webhook-is-down).",
		run:         injectorIsReady,
	},
	{
		ID: "injector-version", Category: injectorCategory, Severity: Warning, Stage: Installed,
		Description: "the injector and this program are of one version",
		Means:       "They may judge the same configuration differently.",
		Do:          "[Upgrade](#upgrade) the older one.",
		run:         versionsAgree,
	},
}

// installation is where linkerd-gcm is.
type installation struct {
	// namespace is the injector's: the one that the webhook configurations point to,
	// else the one with the label of the extension, else the default one.
	namespace  string
	labelled   []string
	mutating   *admissionv1.MutatingWebhookConfiguration
	validating *admissionv1.ValidatingWebhookConfiguration
	// deployment is nil where there is none.
	deployment *appsv1.Deployment
	// What may not be read: the webhook configurations, the namespaces, the Deployment.
	unread, unlisted, undeployed error
}

func (e *examination) installation(ctx context.Context) (installation, error) {
	if e.foundInstallation == nil {
		i, err := e.cluster.installation(ctx)
		if err != nil {
			return i, err
		}
		e.foundInstallation = &i
	}
	return *e.foundInstallation, nil
}

// installation reads as much as may be read. What may not be is an error only to
// the checks that it matters to.
func (c *cluster) installation(ctx context.Context) (installation, error) {
	var i installation
	mutating, validating := &admissionv1.MutatingWebhookConfiguration{}, &admissionv1.ValidatingWebhookConfiguration{}
	hasMutating, err := c.get(ctx, "", mutatingConfiguration, mutating)
	hasValidating, otherErr := c.get(ctx, "", validatingConfiguration, validating)
	if i.unread = cmp.Or(err, otherErr); i.unread != nil && !isForbidden(i.unread) {
		return i, i.unread
	}
	if hasMutating {
		i.mutating = mutating
	}
	if hasValidating {
		i.validating = validating
	}
	namespaces, err := c.namespaces(ctx, client.MatchingLabels{extensionLabel: "gcm"})
	if err != nil && !isForbidden(err) {
		return i, err
	}
	i.unlisted = err
	for _, n := range namespaces {
		if n.DeletionTimestamp == nil {
			i.labelled = append(i.labelled, n.Name)
		}
	}
	i.namespace = i.home()
	deployment := &appsv1.Deployment{}
	found, err := c.get(ctx, i.namespace, deploymentName, deployment)
	if err != nil && !isForbidden(err) {
		return i, err
	}
	if i.undeployed = err; found {
		i.deployment = deployment
	}
	return i, nil
}

func (i installation) home() string {
	for _, w := range i.webhooks() {
		if w.service != "" {
			return w.service
		}
	}
	if len(i.labelled) == 1 {
		return i.labelled[0]
	}
	return manifests.DefaultNamespace
}

// endpoint is what the webhooks of both kinds have in common.
type endpoint struct {
	name   string
	bundle []byte
	// url is that of an injector outside the cluster, else service is the namespace of its Service.
	url, service  string
	selector      *metav1.LabelSelector
	failurePolicy admissionv1.FailurePolicyType
}

// webhooks are those of both configurations, as far as these exist.
func (i installation) webhooks() []endpoint {
	var found []endpoint
	add := func(name string, c admissionv1.WebhookClientConfig, selector *metav1.LabelSelector, policy *admissionv1.FailurePolicyType) {
		w := endpoint{name: name, bundle: c.CABundle, selector: selector, failurePolicy: admissionv1.Fail}
		if c.URL != nil {
			w.url = *c.URL
		}
		if c.Service != nil {
			w.service = c.Service.Namespace
		}
		if policy != nil {
			w.failurePolicy = *policy
		}
		found = append(found, w)
	}
	if i.mutating != nil {
		for _, w := range i.mutating.Webhooks {
			add(w.Name, w.ClientConfig, w.NamespaceSelector, w.FailurePolicy)
		}
	}
	if i.validating != nil {
		for _, w := range i.validating.Webhooks {
			add(w.Name, w.ClientConfig, w.NamespaceSelector, w.FailurePolicy)
		}
	}
	return found
}

// outside reports whether the injector runs outside the cluster.
func (i installation) outside() bool {
	hooks := i.webhooks()
	return i.deployment == nil && len(hooks) > 0 && hooks[0].url != ""
}

// flag returns the value of a flag of the injector, "" where it is not given.
func (i installation) flag(name string) string {
	if i.deployment == nil {
		return ""
	}
	for _, c := range i.deployment.Spec.Template.Spec.Containers {
		for _, word := range c.Args {
			if value, is := strings.CutPrefix(word, name+"="); is {
				return value
			}
		}
	}
	return ""
}

func namespaceExists(ctx context.Context, e *examination) error {
	_, err := e.home(ctx)
	return err
}

// home reads the injector's namespace.
func (e *examination) home(ctx context.Context) (*metav1.PartialObjectMetadata, error) {
	i, err := e.installation(ctx)
	if err != nil {
		return nil, err
	}
	namespace, err := e.namespace(ctx, i.namespace)
	if err == nil && namespace == nil {
		err = absentError{fmt.Errorf("there is no namespace %s: run %s", i.namespace, applyAgain)}
	}
	return namespace, err
}

// absentError says that there is no namespace.
type absentError struct{ error }

// present reads the injector's namespace for checks that have nothing to say where
// there is none, since another check says so.
func (e *examination) present(ctx context.Context) (*metav1.PartialObjectMetadata, error) {
	namespace, err := e.home(ctx)
	if errors.As(err, &absentError{}) {
		return nil, errNotApplicable
	}
	return namespace, err
}

func namespaceIsLabelled(ctx context.Context, e *examination) error {
	namespace, err := e.present(ctx)
	if err != nil {
		return err
	}
	return lacking(namespace, extensionLabel+"=gcm")
}

func namespaceHasPolicies(ctx context.Context, e *examination) error {
	namespace, err := e.present(ctx)
	if err != nil {
		return err
	}
	return lacking(namespace, optOutLabel+"=disabled", "pod-security.kubernetes.io/enforce=restricted")
}

// lacking names the labels that an object should have.
func lacking(object *metav1.PartialObjectMetadata, labels ...string) error {
	var missing []string
	for _, label := range labels {
		key, value, _ := strings.Cut(label, "=")
		if object.Labels[key] != value {
			missing = append(missing, label)
		}
	}
	if len(missing) == 0 {
		return nil
	}
	return fmt.Errorf("namespace %s is not labelled %s: run kubectl label --overwrite namespace %[1]s %[3]s",
		object.Name, strings.Join(missing, " and "), strings.Join(missing, " "))
}

func thereIsOne(ctx context.Context, e *examination) error {
	i, err := e.installation(ctx)
	if err != nil {
		return err
	}
	switch {
	case i.unlisted != nil:
		return i.unlisted
	case len(i.labelled) == 0:
		return errNotApplicable
	case len(i.labelled) == 1:
		return nil
	}
	return fmt.Errorf("the namespaces %s are all labelled %s=gcm, and the webhook configurations lead to %s: delete those that are not wanted, or take the label off",
		strings.Join(i.labelled, ", "), extensionLabel, i.namespace)
}

func webhooksExist(ctx context.Context, e *examination) error {
	i, err := e.installation(ctx)
	if err != nil {
		return err
	}
	if i.unread != nil {
		return i.unread
	}
	return all(i.missingWebhooks())
}

func (i installation) missingWebhooks() []string {
	var missing []string
	if i.mutating == nil {
		missing = append(missing, fmt.Sprintf("there is no MutatingWebhookConfiguration %s, so nothing is injected: run %s", mutatingConfiguration, applyAgain))
	}
	if i.validating == nil {
		missing = append(missing, fmt.Sprintf("there is no ValidatingWebhookConfiguration %s, so nothing is validated: run %s", validatingConfiguration, applyAgain))
	}
	for _, w := range i.webhooks() {
		if w.service != "" && w.service != i.namespace {
			missing = append(missing, fmt.Sprintf("webhook %s leads to namespace %s, others to %s: run %s", w.name, w.service, i.namespace, applyAgain))
		}
	}
	return missing
}

func injectorIsReady(ctx context.Context, e *examination) error {
	i, err := e.installation(ctx)
	switch {
	case err != nil:
		return err
	case i.undeployed != nil:
		return i.undeployed
	case i.outside():
		return errNotApplicable
	case i.deployment == nil:
		return lasting{fmt.Errorf("there is no Deployment %s/%s: run %s", i.namespace, deploymentName, applyAgain)}
	}
	problem := judgeDeployment(i.deployment)
	if problem == nil {
		return nil
	}
	var pods corev1.PodList
	selector := client.MatchingLabels(i.deployment.Spec.Selector.MatchLabels)
	if err := e.list(ctx, &pods, "pods", client.InNamespace(i.namespace), selector, client.Limit(page)); err != nil {
		return fmt.Errorf("%w; why, is not known: %w", problem, err)
	}
	return all(append([]string{problem.Error()}, podTroubles(pods.Items)...))
}

// judgeDeployment says whether all replicas are of the present template and ready.
func judgeDeployment(d *appsv1.Deployment) error {
	wanted := int32(1)
	if d.Spec.Replicas != nil {
		wanted = *d.Spec.Replicas
	}
	where := d.Namespace + "/" + d.Name
	switch {
	case wanted == 0:
		return lasting{fmt.Errorf("Deployment %s is scaled to no replicas: run kubectl -n %s scale deployment/%s --replicas=2", where, d.Namespace, d.Name)}
	case d.Status.ObservedGeneration < d.Generation || d.Status.UpdatedReplicas < wanted:
		return fmt.Errorf("Deployment %s is being rolled out: %d of %d replicas are new; kubectl -n %s rollout status deployment/%s follows it%s",
			where, d.Status.UpdatedReplicas, wanted, d.Namespace, d.Name, replicaFailure(d))
	case d.Status.AvailableReplicas < wanted:
		return fmt.Errorf("%d of %d replicas of Deployment %s are ready: see kubectl -n %s describe pods%s",
			d.Status.AvailableReplicas, wanted, where, d.Namespace, replicaFailure(d))
	}
	return nil
}

// replicaFailure is why no pods can be made.
func replicaFailure(d *appsv1.Deployment) string {
	for _, c := range d.Status.Conditions {
		if c.Type == appsv1.DeploymentReplicaFailure && c.Status == corev1.ConditionTrue {
			return "; " + c.Message
		}
	}
	return ""
}

func versionsAgree(ctx context.Context, e *examination) error {
	i, err := e.installation(ctx)
	if err = cmp.Or(err, i.undeployed); err != nil {
		return err
	}
	if i.deployment == nil || e.Version == "" {
		return errNotApplicable
	}
	running := i.deployment.Labels[versionLabel]
	if running == labelled(e.Version) {
		return nil
	}
	return fmt.Errorf("the injector is %s, and this program is %s: upgrade the older one; the injector with %s", running, e.Version, applyAgain)
}

// labelled is a version as labels spell it.
func labelled(version string) string { return strings.ReplaceAll(version, "+", "_") }
