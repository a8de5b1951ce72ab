// Package gcmemulator answers in place of Google Cloud Monitoring: CreateTimeSeries,
// ListTimeSeries and ListMetricDescriptors over gRPC, with the refusals that Google's
// documents describe and that users have reported. Tests, demos and previews write to it.
//
// It keeps what it accepts in memory, up to a limit, and shows it on a web page. Faults can
// be ordered from Go and over HTTP. It is not a store for metrics, and it knows no
// credentials: it believes everybody who connects.
package gcmemulator
