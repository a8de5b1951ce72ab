package cloudmonitoring

// The image has no certificates of its own: without those of the system, the authorities that
// Mozilla trusts are used, Google Trust Services among them.
import _ "golang.org/x/crypto/x509roots/fallback"
