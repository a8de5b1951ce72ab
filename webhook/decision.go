package webhook

import (
	"context"
	"errors"
	"fmt"

	"gomodules.xyz/jsonpatch/v2"
	corev1 "k8s.io/api/core/v1"

	"github.com/linkerd-gcm/linkerd-gcm/patches"
	"github.com/linkerd-gcm/linkerd-gcm/settings"
	"github.com/linkerd-gcm/linkerd-gcm/sidecar"
)

// Source is where a decision looks up what the pod itself does not say: the
// API server, or the documents of a file.
type Source interface {
	// NamespaceAnnotations returns the annotations of a namespace.
	NamespaceAnnotations(ctx context.Context, namespace string) (map[string]string, error)
	// ConfigMap returns a ConfigMap, nil where it does not exist, or ErrNotAtHand
	// where that cannot be known.
	ConfigMap(ctx context.Context, namespace, name string) (*corev1.ConfigMap, error)
}

// ErrNotAtHand says that a ConfigMap may exist somewhere, but not here.
var ErrNotAtHand = errors.New("not at hand")

// Decider decides about pods, the same for the webhook and the command line.
type Decider struct {
	Source   Source
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

// Decide decides about a pod of a namespace. An error means that the cluster
// could not be read; it never means that the user made a mistake.
func (d Decider) Decide(ctx context.Context, namespace string, pod *corev1.Pod) (Decision, error) {
	if !IsPrometheus(pod) {
		return Decision{Outcome: Skipped, Reason: NotPrometheus}, nil
	}
	present := sidecar.Find(&pod.Spec) != nil
	if _, recorded := pod.Annotations[settings.Status]; present && recorded {
		return Decision{Outcome: Skipped, Reason: AlreadyInjected}, nil
	}
	annotations, err := d.Source.NamespaceAnnotations(ctx, namespace)
	if err != nil {
		return Decision{}, fmt.Errorf("reading namespace %s: %w", namespace, err)
	}
	s, problems := settings.Parse(annotations, pod.Annotations, d.Defaults)
	switch {
	case !asks(annotations, pod.Annotations):
		return Decision{Outcome: Skipped, Reason: NotAnnotated}, nil
	case present:
		return Decision{Outcome: Skipped, Reason: SidecarPresent}, nil
	case len(problems) > 0:
		return rejected(s, InvalidSettings, sentences(problems)...), nil
	}
	return d.inject(ctx, namespace, pod, s)
}

func (d Decider) inject(ctx context.Context, namespace string, pod *corev1.Pod, s settings.Settings) (Decision, error) {
	files, err := d.readFiles(ctx, namespace, s)
	if err != nil {
		return Decision{}, err
	}
	if len(files.problems) > 0 {
		return rejected(s, InvalidConfiguration, files.problems...), nil
	}
	injection, err := patches.Inject(pod, s, files.texts, d.Version)
	var refusal *patches.Refusal
	if errors.As(err, &refusal) {
		return rejected(s, Reason(refusal.Reason), refusal.Message), nil
	}
	if err != nil {
		return Decision{}, err
	}
	return Decision{
		Outcome:    Injected,
		Reason:     Complete,
		Operations: injection.Operations,
		Record:     injection.Record,
		Unchecked:  files.unchecked,
	}, nil
}

// IsPrometheus says whether a pod's labels are those of linkerd-viz' Prometheus.
// The labels of its namespace come too late: on a first Helm install they are
// set after the first pod is made.
func IsPrometheus(pod *corev1.Pod) bool {
	return pod.Labels["linkerd.io/extension"] == "viz" && pod.Labels["component"] == "prometheus"
}

// asks says whether the sidecar is asked for, be it with a misspelt value.
func asks(namespace, pod map[string]string) bool {
	value, given := pod[settings.Inject]
	if !given {
		value, given = namespace[settings.Inject]
	}
	return given && value != "disabled"
}

func rejected(s settings.Settings, reason Reason, problems ...string) Decision {
	outcome := Denied
	if s.OnInvalid == settings.Admit {
		outcome = Bypassed
	}
	return Decision{Outcome: outcome, Reason: reason, Problems: problems}
}

func sentences(problems []settings.Problem) []string {
	all := make([]string, 0, len(problems))
	for _, p := range problems {
		all = append(all, p.Error())
	}
	return all
}
