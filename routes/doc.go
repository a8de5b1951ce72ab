// Package routes prints the ways to get Linkerd's metrics out of a cluster that need
// neither Google nor this project's exporter: federation, a ServiceMonitor, remote write,
// Prometheus' API, and the proxies themselves. One table, Routes, has all of them, for the
// command line, for what it advises, for the documentation and for the tests.
//
// It takes what is known of linkerd-viz and of who scrapes, and returns text that is ready
// for kubectl or for a file. It reads no cluster and applies nothing.
package routes
