// Package stackdriver describes Google's stackdriver-prometheus-sidecar 0.10.1 as it is:
// how to recognise it, the grammar of its selectors, the file that configures it, and what
// it exports or drops. It does not say what to do about any of that in a cluster: package
// lint makes findings of it, and package patches adds the sidecar to pods. What Google
// Cloud Monitoring itself accepts is in package monitoring.
package stackdriver
