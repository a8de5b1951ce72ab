package offline

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/linkerd-gcm/linkerd-gcm/inject"
	"github.com/linkerd-gcm/linkerd-gcm/settings"
)

// Refusal returns everything that the user has to fix, one problem a line; nil where
// nothing stands in the way. Where no pod asks for the sidecar, a misspelt annotation of
// the command line may be the cause.
func (in Input) Refusal(verdicts []Verdict) error {
	var all []error
	requested := false
	for _, v := range verdicts {
		requested = requested || v.Outcome != inject.Skipped
		if v.Outcome == inject.Denied {
			for _, problem := range v.Problems {
				all = append(all, fmt.Errorf("%s: %s", v.Place, problem))
			}
		}
	}
	_, wrong := settings.Parse(in.Annotations, nil, settings.Defaults{})
	for _, d := range wrong {
		if !requested && d.Origin == settings.FromNamespace {
			all = append(all, fmt.Errorf("--annotation: %s", d))
		}
	}
	return errors.Join(all...)
}

// Notes say what the user should know although there is no problem.
func Notes(verdicts []Verdict) []string {
	var all []string
	note := func(kind string, v Verdict, text string) {
		all = append(all, fmt.Sprintf("%s: %s: %s", kind, v.Place, text))
	}
	for _, v := range verdicts {
		if v.Outcome == inject.Bypassed {
			for _, problem := range v.Problems {
				note("warning", v, problem)
			}
			note("warning", v, fmt.Sprintf("not injected: its configuration is invalid and %s is %q", settings.OnInvalidConfiguration, settings.Admit))
		}
		for _, warning := range v.Warnings {
			note("warning", v, warning)
		}
		if len(v.Unchecked) > 0 {
			note("note", v, "not checked, because they are not in the input: ConfigMaps "+strings.Join(v.Unchecked, ", "))
		}
		if len(v.Unmounted) > 0 {
			note("note", v, "not mounted, because they are not in the input and need not exist: ConfigMaps "+strings.Join(v.Unmounted, ", "))
		}
	}
	if slices.ContainsFunc(verdicts, func(v Verdict) bool { return v.Outcome != inject.Skipped }) {
		return all
	}
	if len(verdicts) == 0 {
		return append(all, "note: nothing was injected: no pod and no workload in the input has the labels of linkerd-viz' Prometheus, "+
			"linkerd.io/extension=viz and component=prometheus")
	}
	for _, v := range verdicts {
		note("note", v, "not injected: "+v.whySkipped())
	}
	return all
}

// whySkipped says why a workload does not get the sidecar.
func (v Verdict) whySkipped() string {
	switch v.Reason {
	case inject.AlreadyInjected:
		return "it is injected already"
	case inject.SidecarPresent:
		return "it has a sidecar of its own"
	case inject.NotAnnotated:
		if v.NamespaceKnown {
			return fmt.Sprintf("neither Namespace %s nor its pod has the annotation %s=enabled; set it, or give --annotation inject=enabled",
				v.Namespace, settings.Inject)
		}
		return fmt.Sprintf("its pod does not have the annotation %s=enabled, and the input does not have Namespace %s; add the Namespace, or give --annotation inject=enabled",
			settings.Inject, v.Namespace)
	default:
		return string(v.Reason)
	}
}
