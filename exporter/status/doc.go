// Package status shows what the exporter does: a page for people, the same as JSON for
// programs, metrics for Prometheus, and the two answers for a kubelet. It is given values
// and shows them; it does not count anything itself.
package status
