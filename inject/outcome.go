package inject

import "github.com/linkerd-gcm/linkerd-gcm/patches"

// Outcome is what happens to a pod, or to a change of a namespace or ConfigMap.
type Outcome string

const (
	// Injected pods get the sidecar.
	Injected Outcome = "injected"
	// Skipped pods are not ours, or have a sidecar already. Skipped changes do not
	// concern the sidecar.
	Skipped Outcome = "skipped"
	// Denied pods and changes are refused, because the configuration is wrong.
	Denied Outcome = "denied"
	// Bypassed pods start without the sidecar, and bypassed changes are made, because
	// the configuration is wrong and on-invalid is "admit".
	Bypassed Outcome = "bypassed"
	// Failed pods start without the sidecar, and failed changes are not checked,
	// because the injector could not decide.
	Failed Outcome = "failed"
	// Accepted changes have been checked and bring no new errors.
	Accepted Outcome = "accepted"
)

// Reason is why a pod or a change has its outcome: a word from a fixed set, for
// metrics and logs.
type Reason string

const (
	// NotPrometheus means that the pod does not have the labels of linkerd-viz'
	// Prometheus, or stands for a static pod.
	NotPrometheus Reason = "not-prometheus"
	// NotAnnotated means that neither the namespace nor the pod asks for the sidecar.
	NotAnnotated Reason = "not-annotated"
	// AlreadyInjected means that the pod carries our sidecar and record.
	AlreadyInjected Reason = "already-injected"
	// SidecarPresent means that the pod carries a sidecar that is not ours.
	SidecarPresent Reason = "sidecar-present"
	// Complete means that the pod was injected.
	Complete Reason = "complete"
	// InvalidSettings means that annotations are wrong.
	InvalidSettings Reason = "invalid-settings"
	// InvalidConfiguration means that ConfigMaps are missing or wrong.
	InvalidConfiguration Reason = "invalid-configuration"
	// Unchanged means that a change touches nothing that a decision depends on.
	Unchanged Reason = "unchanged"
	// Unreferenced means that no annotation names the ConfigMap.
	Unreferenced Reason = "unreferenced"
	// Valid means that a change leads to a configuration without errors.
	Valid Reason = "valid"
	// NoWorse means that a change leaves errors that were there before.
	NoWorse Reason = "no-worse"
	// Inconsistent means that a changed ConfigMap does not agree with another object,
	// which may be about to change, too.
	Inconsistent Reason = "inconsistent"
	// InUse means that a deleted ConfigMap is one that the next pod needs.
	InUse Reason = "in-use"
	// Undecodable means that the request did not hold the expected object.
	Undecodable Reason = "undecodable"
	// ReadFailed means that the namespace or a ConfigMap could not be read.
	ReadFailed Reason = "read-failed"
	// TooLarge means that the request holds more than is decoded.
	TooLarge Reason = "too-large"
	// Overloaded means that too many other requests were being decided about.
	Overloaded Reason = "overloaded"
	// Canceled means that the API server did not wait for the decision.
	Canceled Reason = "canceled"
	// Panicked means that the injector has a bug.
	Panicked Reason = "panic"
)

// PodReasons lists the reasons that each outcome of a pod can have.
var PodReasons = map[Outcome][]Reason{
	Injected: {Complete},
	Skipped:  {NotPrometheus, NotAnnotated, AlreadyInjected, SidecarPresent},
	Denied:   invalid(),
	Bypassed: invalid(),
	Failed:   failures,
}

// ChangeReasons lists the reasons that each outcome of a change can have.
var ChangeReasons = map[Outcome][]Reason{
	Accepted: {Valid, NoWorse, Inconsistent, InUse},
	Skipped:  {NotAnnotated, Unchanged, Unreferenced},
	Denied:   {InvalidSettings, InvalidConfiguration},
	Bypassed: {InvalidSettings, InvalidConfiguration},
	Failed:   failures,
}

// failures are the reasons why no decision could be made.
var failures = []Reason{Undecodable, ReadFailed, TooLarge, Overloaded, Canceled, Panicked}

func invalid() []Reason {
	all := []Reason{InvalidSettings, InvalidConfiguration}
	for _, r := range patches.Reasons {
		all = append(all, Reason(r))
	}
	return all
}
