package webhook

import "github.com/linkerd-gcm/linkerd-gcm/patches"

// Outcome is what happens to a pod.
type Outcome string

const (
	// Injected pods get the sidecar.
	Injected Outcome = "injected"
	// Skipped pods are none of ours, or have the sidecar already.
	Skipped Outcome = "skipped"
	// Denied pods are refused, because their configuration is wrong.
	Denied Outcome = "denied"
	// Bypassed pods start without the sidecar, because their configuration is
	// wrong and on-invalid is "admit".
	Bypassed Outcome = "bypassed"
	// Failed pods start without the sidecar, because the injector could not decide.
	Failed Outcome = "failed"
)

// Reason is why a pod has its outcome: a word from a fixed set, for metrics,
// logs and events.
type Reason string

const (
	// NotPrometheus means that the pod's labels are not those of linkerd-viz' Prometheus.
	NotPrometheus Reason = "not-prometheus"
	// NotAnnotated means that neither namespace nor pod ask for the sidecar.
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
	// Undecodable means that the request held no pod.
	Undecodable Reason = "undecodable"
	// ReadFailed means that the namespace or a ConfigMap could not be read.
	ReadFailed Reason = "read-failed"
	// Panicked means that the injector has a bug.
	Panicked Reason = "panic"
)

// reasons lists the reasons that each outcome can have.
var reasons = map[Outcome][]Reason{
	Injected: {Complete},
	Skipped:  {NotPrometheus, NotAnnotated, AlreadyInjected, SidecarPresent},
	Denied:   invalid(),
	Bypassed: invalid(),
	Failed:   {Undecodable, ReadFailed, Panicked},
}

func invalid() []Reason {
	all := []Reason{InvalidSettings, InvalidConfiguration}
	for _, r := range patches.Reasons {
		all = append(all, Reason(r))
	}
	return all
}
