package podspec

import (
	"net"
	"net/netip"
	"net/url"
	"strings"
)

// apiAddress returns the base URL of Prometheus' API from inside the pod. It
// follows --web.listen-address, and --web.route-prefix or, where that is
// missing, the path of --web.external-url (prometheus, cmd/prometheus/main.go).
func apiAddress(flags Flags) string {
	address := url.URL{Scheme: "http", Host: reachable(flags.Value("--web.listen-address")), Path: PathPrefix(flags) + "/"}
	return address.String()
}

// PathPrefix returns the path in front of all pages of Prometheus, by its flags, such as
// /prometheus; "" where there is none.
func PathPrefix(flags Flags) string {
	prefix := flags.Value("--web.route-prefix")
	if prefix == "" {
		if external, err := url.Parse(flags.Value("--web.external-url")); err == nil {
			prefix = external.Path
		}
	}
	if prefix = strings.Trim(prefix, "/"); prefix != "" {
		return "/" + prefix
	}
	return ""
}

// reachable turns an address to listen on into one to connect to, the default one where
// nobody could connect to it.
func reachable(listen string) string {
	const byDefault = "127.0.0.1:9090"
	host, port, err := net.SplitHostPort(listen)
	if err != nil {
		return byDefault
	}
	if ip, err := netip.ParseAddr(host); host == "" || err == nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	address := net.JoinHostPort(host, port)
	if parsed, err := url.Parse("http://" + address); err != nil || parsed.Host != address {
		return byDefault
	}
	return address
}
