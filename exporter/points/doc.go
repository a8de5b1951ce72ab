// Package points derives points for Google Cloud Monitoring from the records of
// Prometheus' log: start times, resets, histograms and sums. It is deterministic: the same
// records give the same points, also when the derivation was saved and restored between
// two of them. It has no clock; time is what the samples say.
package points
