// Package inject decides what happens to a pod, and to a change of what pods are
// made from: a namespace's annotations and its ConfigMaps.
//
// The webhook and the command line ask the same Decider, so that both give the same
// answer. The package reads through a NamespaceReader; it knows neither admission
// requests nor the API server (package apiserver reads from that), and it writes
// nothing: no event, no metric, no log.
package inject
