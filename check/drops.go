package check

import (
	"context"

	"github.com/linkerd-gcm/linkerd-gcm/exporter/status"
)

var dropsCheck = Check{
	ID: "drops", Category: googleCategory, Severity: Warning, Stage: DataPlane,
	Description: "no selected series is dropped",
	Means:       "`gcm-exporter` has dropped samples of series that it is to export in the last five minutes. The message has the reason, a series, and what to do. What is part of normal operation is left out, such as a quantile without observations. Google's sidecar does not say when.",
	Do:          "See [why something is not exported](exporter.md#why-something-is-not-exported); `linkerd gcm status` shows all reasons.",
	run:         nothingIsDropped,
}

func nothingIsDropped(ctx context.Context, r *runContext) error {
	return r.eachReason(ctx, "series are dropped as", func(reason status.Reason) bool { return !reason.Refused })
}
