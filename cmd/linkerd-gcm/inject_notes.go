package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/linkerd-gcm/linkerd-gcm/inject"
	"github.com/linkerd-gcm/linkerd-gcm/internal/offline"
	"github.com/linkerd-gcm/linkerd-gcm/settings"
)

// notes says what the user should know although all went well.
func notes(verdicts []offline.Verdict) []string {
	var all []string
	note := func(kind string, v offline.Verdict, text string) {
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
			note("note", v, "not checked, since the input does not hold them: ConfigMaps "+strings.Join(v.Unchecked, ", "))
		}
	}
	if slices.ContainsFunc(verdicts, func(v offline.Verdict) bool { return v.Outcome != inject.Skipped }) {
		return all
	}
	if len(verdicts) == 0 {
		return append(all, "note: nothing was injected: no pod and no workload in the input has the labels of linkerd-viz' Prometheus, "+
			"linkerd.io/extension=viz and component=prometheus")
	}
	for _, v := range verdicts {
		note("note", v, "not injected: "+skipped(v))
	}
	return all
}

// skipped says why a workload was left as it is.
func skipped(v offline.Verdict) string {
	switch v.Reason {
	case inject.AlreadyInjected:
		return "it is injected already"
	case inject.SidecarPresent:
		return "it has a stackdriver-prometheus-sidecar of its own"
	case inject.NotAnnotated:
		if v.NamespaceKnown {
			return fmt.Sprintf("neither Namespace %s nor its pod has the annotation %s=enabled; set it, or give --annotation inject=enabled",
				v.Namespace, settings.Inject)
		}
		return fmt.Sprintf("its pod has no annotation %s=enabled, and the input holds no Namespace %s; add the Namespace, or give --annotation inject=enabled",
			settings.Inject, v.Namespace)
	default:
		return string(v.Reason)
	}
}
