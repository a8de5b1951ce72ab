package live

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"path"
	"strings"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/linkerd-gcm/linkerd-gcm/internal/gcmemulator"
)

// identity is what tells Google's series apart.
func identity(p gcmemulator.Point) string {
	text, err := json.Marshal([]any{p.Metric, p.MetricLabels, p.Resource, p.ResourceLabels}) // sorts keys
	if err != nil {
		return err.Error()
	}
	return string(text)
}

// series are the points of each of Google's series, in the order of acceptance.
func series(points []gcmemulator.Point) map[string][]gcmemulator.Point {
	all := map[string][]gcmemulator.Point{}
	for _, p := range points {
		all[identity(p)] = append(all[identity(p)], p)
	}
	return all
}

// checkOrder fails where a series that counts does not go on, falls, or begins twice.
func checkOrder(points []gcmemulator.Point) error {
	var errs []error
	for of, points := range series(points) {
		for i := 1; i < len(points); i++ {
			before, now := points[i-1], points[i]
			switch {
			case now.End <= before.End:
				errs = append(errs, fmt.Errorf("%s: a point at %d follows one at %d", of, now.End, before.End))
			case now.Start == nil:
			case *now.Start != *before.Start:
				errs = append(errs, fmt.Errorf("%s: it begins at %d, and again at %d", of, *before.Start, *now.Start))
			case amount(now.Value) < amount(before.Value):
				errs = append(errs, fmt.Errorf("%s: it falls from %g to %g at %d", of, amount(before.Value), amount(now.Value), now.End))
			}
		}
	}
	return errors.Join(errs...)
}

// amount is a number, or how many a distribution has.
func amount(v gcmemulator.Value) float64 {
	switch {
	case v.Distribution != nil:
		return float64(v.Distribution.Count)
	case v.Double != nil:
		return float64(*v.Double)
	}
	return math.NaN()
}

// sent adds up what Google has of the proxies' requests and latencies: the last point of each
// series that counts, which has one start only. Names of metrics may differ in what precedes
// "inbound" or "outbound".
func (v exported) sent(points []gcmemulator.Point) totals {
	all := totals{}
	for _, points := range series(points) {
		last := points[len(points)-1]
		if !v.ofMesh(last) {
			continue
		}
		name := path.Base(strings.TrimSuffix(strings.TrimSuffix(last.Metric, "/counter"), "/histogram"))
		_, name, _ = strings.Cut(name, "_")
		direction, what, _ := strings.Cut(name, "_")
		switch {
		case what == "responses_total":
			all[responses(v.podOf(last), direction, last.MetricLabels)] += amount(last.Value)
		case what == "latency_ms" && last.Value.Distribution != nil:
			all.distribute(v.podOf(last), direction, last.Value.Distribution)
		}
	}
	return all
}

// ofMesh says whether a point is of this test's proxies: the pods of other tests may still be
// there.
func (v exported) ofMesh(p gcmemulator.Point) bool {
	// k8s_container has the former label, prometheus_target the latter
	return p.ResourceLabels["namespace_name"]+p.ResourceLabels["namespace"] == v.mesh
}

// distribute adds a distribution.
func (t totals) distribute(pod, direction string, d *gcmemulator.Distribution) {
	t[latency(pod, direction, "count")] += float64(d.Count)
	t[latency(pod, direction, "sum")] += float64(d.Mean) * float64(d.Count)
	below := int64(0)
	for i, bound := range append(d.Bounds, math.Inf(1)) {
		if i < len(d.Buckets) {
			below += d.Buckets[i]
		}
		t[latency(pod, direction, fmt.Sprintf("at most %g", bound))] += float64(below)
	}
}

// arrives waits until Google has exactly what the proxies have counted, and nothing twice.
func (v exported) arrives(counted totals) {
	v.Helper()
	var points []gcmemulator.Point
	v.eventually("Google has what the proxies have counted", func(ctx context.Context) (err error) {
		if points, err = v.google.points(ctx); err != nil {
			return err
		}
		// A mean that is multiplied by its count is not to the last digit what it was.
		if diff := cmp.Diff(counted, v.sent(points), cmpopts.EquateApprox(1e-9, 0)); diff != "" {
			return fmt.Errorf("(-counted +sent):\n%s", diff)
		}
		return nil
	})
	if err := checkOrder(points); err != nil {
		v.Error(err)
	}
}
