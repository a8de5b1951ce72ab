package live

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/linkerd-gcm/linkerd-gcm/exporter/status"
	"github.com/linkerd-gcm/linkerd-gcm/settings"
)

// TestGaugesGoOnWhereGooglesSidecarEnded changes a namespace over, as docs/migration.md says:
// what was recorded before gcm-exporter started arrives, too, and it says how long the change
// took.
func TestGaugesGoOnWhereGooglesSidecarEnded(t *testing.T) {
	u := newUser(t)
	u.awaitReady(u.proxy("bazaar", "web"))
	v := withGoogle(newViz(u, chartOf(t, "version-2.17/persistence")))
	v.deploy()
	sidecar := v.prometheus("runs with Google's sidecar", withSidecar)
	v.eventually("Google's sidecar exports", func(ctx context.Context) error {
		read, err := v.Series(ctx, sidecar)
		if err == nil && len(read) == 0 {
			err = errors.New("it has read nothing")
		}
		return err
	})
	v.kubectl("", "annotate", "namespace", v.namespace, "--overwrite",
		settings.SidecarName+"=gcm-exporter", settings.SidecarImage+"-", settings.CredentialsSecret+"=google")
	v.restart()
	v.awaitExporter()

	var report status.Report
	v.says("the change has cost counters some time", func(r status.Report) bool {
		report = r
		return len(r.Log.LostSeconds) == 1 && r.Log.LostSeconds[0].Name == "changeover"
	})
	v.eventually("Google has gauges from before the change", func(ctx context.Context) error {
		points, err := v.google.points(ctx)
		if err != nil {
			return err
		}
		for _, p := range points {
			if p.Kind == "GAUGE" && p.End < report.Started.UnixMilli() {
				return checkOrder(points)
			}
		}
		return fmt.Errorf("none of %d points is older than gcm-exporter, which started at %s", len(points), report.Started)
	})
}
