// Package series decides what becomes of a series of Prometheus in Google Cloud
// Monitoring: metric type, kind, value type, labels and monitored resource, or the reason
// why it is not exported. It is given labels, the target, metadata and the configuration,
// and looks at nothing else; samples are the business of package points.
package series
