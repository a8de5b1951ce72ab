package routes

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strings"
)

// managedTakesNone says what to do in place of remote write to Google.
const managedTakesNone = "Managed Service for Prometheus takes no remote write from Prometheus 2.55 or older, such as linkerd-viz' charts have; " +
	"gcm-exporter sends to it (annotation gcm.linkerd.io/destination=managed-prometheus), and so does a ClusterPodMonitoring (route proxies with --managed)"

// intoASecret is what to do with a secret that is in a URL.
const intoASecret = "which everybody who may read the ConfigMap could read: mount a Secret, and name its file in authorization.credentials_file or in basic_auth.password_file"

// ParseURL reads where remote write sends to. A URL with what looks like a secret is refused,
// because it ends up in a ConfigMap.
func ParseURL(text string) (string, error) {
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https":
		return "", errors.New("want the URL that takes remote write, such as https://mimir.example.com/api/v1/push")
	case u.User != nil:
		return "", fmt.Errorf("it holds a user or a password, %s", intoASecret)
	case u.Hostname() == "monitoring.googleapis.com":
		return "", errors.New(managedTakesNone)
	}
	for _, name := range parameters(u) {
		if secretName.MatchString(name) {
			return "", fmt.Errorf("its parameter %s looks like a secret, %s; if it is none, leave it out here, and add it to the url that is printed", name, intoASecret)
		}
	}
	return text, nil
}

// ShownURL is a URL as a message may show it: up to where it may hold a secret.
func ShownURL(text string) string {
	u, err := url.Parse(text)
	switch {
	case err != nil || u.User == nil && strings.Contains(text, "@"):
		return "…" // without its scheme, say, a password is anywhere
	case u.User == nil && u.RawQuery == "" && u.Fragment == "":
		return text
	}
	u.User, u.RawQuery, u.Fragment = nil, "", ""
	return u.String() + "…"
}

// parameters are the names of those in a URL. Some servers take a semicolon between two.
func parameters(u *url.URL) []string {
	var names []string
	for _, text := range strings.FieldsFunc(u.RawQuery, func(r rune) bool { return r == '&' || r == ';' }) {
		name, _, _ := strings.Cut(text, "=")
		if plain, err := url.QueryUnescape(name); err == nil {
			name = plain
		}
		names = append(names, name)
	}
	return names
}

// secretName matches names of parameters that hold a secret: words that say so, also as a part,
// and what some stores call theirs, such as p for InfluxDB's password and sig for Azure's
// signature.
var secretName = regexp.MustCompile(`(?i)token|secret|passw|passphrase|pwd|credential|signature|bearer|(api|access|account|private|license|write|ingest|auth)[-_.]?key|^(p|key|pass|auth|authorization|jwt|sig)$`)
