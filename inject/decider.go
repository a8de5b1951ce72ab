package inject

import (
	"context"
	"errors"

	"gomodules.xyz/jsonpatch/v2"
	corev1 "k8s.io/api/core/v1"

	"github.com/linkerd-gcm/linkerd-gcm/lint"
	"github.com/linkerd-gcm/linkerd-gcm/patches"
	"github.com/linkerd-gcm/linkerd-gcm/settings"
)

// NamespaceReader reads what a decision needs to know of a namespace, from the API
// server or from the documents of a file. It is used by several goroutines at a time.
type NamespaceReader interface {
	// NamespaceAnnotations returns the annotations of a namespace.
	NamespaceAnnotations(ctx context.Context, namespace string) (map[string]string, error)
	// ConfigMap returns a ConfigMap, nil where it does not exist, or ErrUnavailable
	// where that cannot be known.
	ConfigMap(ctx context.Context, namespace, name string) (*corev1.ConfigMap, error)
}

// ErrUnavailable says that a ConfigMap may exist, but cannot be read from here.
var ErrUnavailable = errors.New("not available")

// Decider makes the decisions, the same for the webhook and the command line.
type Decider struct {
	Reader   NamespaceReader
	Defaults settings.Defaults
	// Version is recorded on injected pods.
	Version string
	// Memory makes decisions quicker that have been made before; it may be nil.
	Memory *Memory
}

// Decision is what is to happen to a pod or to a change, and why.
type Decision struct {
	Outcome Outcome
	Reason  Reason
	// Operations are the JSON patch of an injected pod.
	Operations []jsonpatch.Operation
	// Problems are what the user has to fix, each a sentence.
	Problems []string
	// Warnings block nothing; each is a sentence.
	Warnings []string
	// Unchecked are the ConfigMaps that were not available, as name/key.
	Unchecked []string
	// Unmounted are the rule files that were not available and need not exist, as name/key: the
	// pod does without them.
	Unmounted []string
	// Record is what an injected pod's status annotation says.
	Record patches.Record
}

// rejected returns the decision for an invalid configuration, whose annotation
// on-invalid says what follows from that.
func (d Decision) rejected(s settings.Settings, reason Reason, problems []string) Decision {
	d.Outcome, d.Reason, d.Problems = Denied, reason, problems
	if s.OnInvalid == settings.Admit {
		d.Outcome = Bypassed
	}
	return d
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

// sentences returns the findings of one severity as texts.
func sentences(findings []lint.Finding, severity lint.Severity) []string {
	var all []string
	for _, f := range findings {
		if f.Severity == severity {
			all = append(all, f.String())
		}
	}
	return all
}
