// Package webhook answers the API server's admission requests.
//
// What happens to a pod is decided by Decider, which the command line shares.
// The rest of the package is the shell around it: live reads of namespaces and
// ConfigMaps, events, metrics, logs, and the server. A mistake of the user's is
// refused; a fault of ours never stands in a pod's way.
package webhook
