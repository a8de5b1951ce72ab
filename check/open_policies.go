package check

import (
	"context"
	"fmt"
)

var openPoliciesCheck = Check{
	ID: "open-policies", Category: dataPlaneCategory, Severity: Warning, Stage: DataPlane,
	Description: "no policy lets everybody read Prometheus",
	Means: "A policy of Linkerd lets in whoever reaches Prometheus' pod, meshed or not. An often copied one refers to the `NetworkAuthentication` " +
		"called `kubelet`, which linkerd-viz defines as `0.0.0.0/0`. The policy `admin`, by which linkerd-viz 2.11 and 2.12 themselves let in everybody, " +
		"is not counted; copies of it are, whatever their labels, and so is what an upgrade has left of it.",
	Do:  "Give those who need it [a policy that names them](routes.md#who-is-let-in), then run the command that `check` names for this one.",
	run: noPolicyIsOpen,
}

func noPolicyIsOpen(ctx context.Context, r *runContext) error {
	found, err := r.vizNamespaces(ctx)
	if err != nil {
		return err
	}
	var problems []string
	looked := false
	for _, v := range found {
		pod := newestPod(v)
		if pod == nil {
			continue
		}
		open, known, err := r.cluster.OpenPolicies(ctx, pod)
		if err != nil {
			return err
		}
		looked = looked || known
		for _, g := range open {
			problems = append(problems, fmt.Sprintf("%s lets everybody read Prometheus, meshed or not: give those who need it a policy that names them "+
				"(linkerd-gcm export federation prints one), then run %s", g, g.Command()))
		}
	}
	if !looked {
		return errNotApplicable
	}
	return joinLines(problems)
}
