// Package stackdriver describes Google's stackdriver-prometheus-sidecar 0.10.1 as
// it is: its flags, the grammar of its selectors, the file that
// configures it, and what it exports or drops. It decides nothing; package lint
// judges and package patches injects.
package stackdriver
