package certs

import "net"

// hosts are the names and addresses that the API server uses to call the injector.
type hosts struct {
	dns       []string
	addresses []net.IP
}

func parseHosts(all []string) hosts {
	var h hosts
	for _, host := range all {
		if address := net.ParseIP(host); address != nil {
			h.addresses = append(h.addresses, address)
		} else {
			h.dns = append(h.dns, host)
		}
	}
	return h
}

func (h hosts) names() []string {
	names := append([]string(nil), h.dns...)
	for _, address := range h.addresses {
		names = append(names, address.String())
	}
	return names
}
