package check

import "testing"

func TestDrops(t *testing.T) {
	runIn(t, dropsCheck, lossStates(t, "pod linkerd-viz/prometheus-1: series are dropped as target_not_found (7 samples so far): No target. Such as requests{}. To do: Keep job."))
}
