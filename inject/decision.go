package inject

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"gomodules.xyz/jsonpatch/v2"
	corev1 "k8s.io/api/core/v1"

	"github.com/linkerd-gcm/linkerd-gcm/lint"
	"github.com/linkerd-gcm/linkerd-gcm/patches"
	"github.com/linkerd-gcm/linkerd-gcm/settings"
	"github.com/linkerd-gcm/linkerd-gcm/stackdriver"
	"github.com/linkerd-gcm/linkerd-gcm/viz"
)

// NamespaceReader reads what a decision needs to know of a namespace, from the API
// server or from the documents of a file.
type NamespaceReader interface {
	// NamespaceAnnotations returns the annotations of a namespace.
	NamespaceAnnotations(ctx context.Context, namespace string) (map[string]string, error)
	// ConfigMap returns a ConfigMap, nil where it does not exist, or ErrUnavailable
	// where that cannot be known.
	ConfigMap(ctx context.Context, namespace, name string) (*corev1.ConfigMap, error)
}

// ErrUnavailable says that a ConfigMap may exist, but cannot be read from here.
var ErrUnavailable = errors.New("not available")

// Decider decides about pods, the same for the webhook and the command line.
type Decider struct {
	Reader   NamespaceReader
	Defaults settings.Defaults
	// Version is recorded on injected pods.
	Version string
}

// Decision is what is to happen to a pod, and why.
type Decision struct {
	Outcome Outcome
	Reason  Reason
	// Operations are the JSON patch of an injected pod.
	Operations []jsonpatch.Operation
	// Problems are what the user has to mend, each a sentence.
	Problems []string
	// Warnings do not stand in the way of injection.
	Warnings []string
	// Unchecked are the ConfigMaps that were not at hand.
	Unchecked []string
	// Record is what an injected pod's status annotation says.
	Record patches.Record
}

// DecidePod decides about a pod of a namespace. An error means that the cluster
// could not be read; it never means that the user made a mistake.
func (d Decider) DecidePod(ctx context.Context, namespace string, pod *corev1.Pod) (Decision, error) {
	if !viz.IsPrometheus(pod) {
		return Decision{Outcome: Skipped, Reason: NotPrometheus}, nil
	}
	present := stackdriver.Find(&pod.Spec) != nil
	if _, recorded := pod.Annotations[settings.Status]; present && recorded {
		return Decision{Outcome: Skipped, Reason: AlreadyInjected}, nil
	}
	annotations, err := d.Reader.NamespaceAnnotations(ctx, namespace)
	if err != nil {
		return Decision{}, fmt.Errorf("reading namespace %s: %w", namespace, err)
	}
	if !Requested(annotations, pod.Annotations) {
		return Decision{Outcome: Skipped, Reason: NotAnnotated}, nil
	}
	if present {
		return Decision{Outcome: Skipped, Reason: SidecarPresent}, nil
	}
	c, err := d.PodConfiguration(ctx, namespace, annotations, pod)
	if err != nil {
		return Decision{}, err
	}
	return d.inject(pod, c.Input, c.files)
}

// inject judges all that goes into the pod, and injects it where nothing is wrong.
func (d Decider) inject(pod *corev1.Pod, in lint.Input, files configMaps) (Decision, error) {
	findings := lint.Check(in).Findings
	problems := sentences(findings, lint.Error)
	decision := Decision{Warnings: sentences(findings, lint.Warning)}
	if len(in.Problems) > 0 {
		return decision.rejected(in.Settings, InvalidSettings, problems), nil
	}
	injection, err := patches.Inject(pod, in.Settings, files.texts(in.Settings), d.Version)
	var refusal *patches.Refusal
	switch {
	case errors.As(err, &refusal):
		return decision.rejected(in.Settings, Reason(refusal.Reason), including(refusal.Message, problems)), nil
	case err != nil:
		return Decision{}, err
	case len(problems) > 0:
		return decision.rejected(in.Settings, InvalidConfiguration, problems), nil
	}
	decision.Outcome, decision.Reason, decision.Unchecked = Injected, Complete, files.unread(in.Settings)
	decision.Operations, decision.Record = injection.Operations, injection.Record
	return decision, nil
}

// Requested reports whether the annotations ask for the sidecar, even if with a
// misspelt value.
func Requested(namespace, pod map[string]string) bool {
	value, given := pod[settings.Inject]
	if !given {
		value, given = namespace[settings.Inject]
	}
	return given && value != "disabled"
}

func (d Decision) rejected(s settings.Settings, reason Reason, problems []string) Decision {
	d.Outcome, d.Reason, d.Problems = Denied, reason, problems
	if s.OnInvalid == settings.Admit {
		d.Outcome = Bypassed
	}
	return d
}

// sentences are the findings of one severity.
func sentences(findings []lint.Finding, severity lint.Severity) []string {
	var all []string
	for _, f := range findings {
		if f.Severity == severity {
			all = append(all, f.String())
		}
	}
	return all
}

// including puts a refusal before the problems, where none of them says it already.
func including(refusal string, problems []string) []string {
	if slices.ContainsFunc(problems, func(p string) bool { return strings.Contains(p, refusal) }) {
		return problems
	}
	return append([]string{refusal}, problems...)
}
