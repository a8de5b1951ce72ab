// Package webhook answers the API server's admission requests: it decodes the object,
// asks package inject for the decision, logs, counts and announces that, and responds.
//
// It decides nothing itself, but for one rule: where no decision could be made, the
// pod or the change is allowed, with a warning. It runs the server
// that the API server calls, but it does not provide the server's certificates (package
// certs does), and it reads no flags.
package webhook
