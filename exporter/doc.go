// Package exporter is the pipeline of gcm-exporter: it reads the log, lets package points
// derive points from it, hands them to what sends them, and saves how far it has come. It
// holds goroutines and channels alone; what a sample becomes, and what an answer of Google
// means, is decided below.
package exporter
