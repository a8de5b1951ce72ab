// Package cluster is what the checks read from a cluster, each thing once: objects, the
// metrics of pods, the certificates that an injector outside the cluster serves, and the
// answers to dry runs.
//
// It does not judge what it has read: package check does. Nothing is written.
package cluster
