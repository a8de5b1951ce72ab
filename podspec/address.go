package podspec

import (
	"net"
	"net/netip"
	"net/url"
	"strings"

	corev1 "k8s.io/api/core/v1"
)

// apiAddress returns the base URL of Prometheus' API from inside the pod. It
// follows --web.listen-address, and --web.route-prefix or, where that is
// missing, the path of --web.external-url (prometheus, cmd/prometheus/main.go).
func apiAddress(c *corev1.Container) string {
	command := commandLineOf(c)
	listen, _ := command.value("--web.listen-address")
	prefix, _ := command.value("--web.route-prefix")
	if prefix == "" {
		external, _ := command.value("--web.external-url")
		if u, err := url.Parse(external); err == nil {
			prefix = u.Path
		}
	}
	address := url.URL{Scheme: "http", Host: reachable(listen), Path: "/"}
	if prefix = strings.Trim(prefix, "/"); prefix != "" {
		address.Path = "/" + prefix + "/"
	}
	return address.String()
}

// reachable turns an address to listen on into one to connect to.
func reachable(listen string) string {
	host, port, err := net.SplitHostPort(listen)
	if err != nil {
		return "127.0.0.1:9090"
	}
	if ip, err := netip.ParseAddr(host); host == "" || err == nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return net.JoinHostPort(host, port)
}
