package cluster

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/url"
)

// ServedCertificates returns the certificates that an injector outside the cluster
// serves, its own first. There are none where the injector runs in the cluster, since it
// cannot be reached from here.
func (r *Reader) ServedCertificates(ctx context.Context, i Installation) ([]*x509.Certificate, error) {
	for _, w := range i.Webhooks() {
		if w.URL != "" {
			return remember(r, question{what: "served certificates", name: w.URL}, func() ([]*x509.Certificate, error) {
				return dial(ctx, w.URL)
			})
		}
	}
	return nil, nil
}

func dial(ctx context.Context, address string) ([]*x509.Certificate, error) {
	where, err := url.Parse(address)
	if err != nil {
		return nil, fmt.Errorf("reading the webhook's URL %q: %w", address, err)
	}
	host := where.Host
	if where.Port() == "" {
		host = net.JoinHostPort(where.Hostname(), "443")
	}
	connection, err := (&net.Dialer{}).DialContext(ctx, "tcp", host)
	if err != nil {
		return nil, fmt.Errorf("connecting to the injector: %w", err)
	}
	defer connection.Close()
	return handshake(ctx, connection, where.Hostname())
}

// handshake returns the certificates that a server presents, whoever trusts them.
func handshake(ctx context.Context, connection net.Conn, host string) ([]*x509.Certificate, error) {
	client := tls.Client(connection, &tls.Config{
		ServerName:         host,
		InsecureSkipVerify: true, // whether it is trusted is what is to be found out
	})
	if err := client.HandshakeContext(ctx); err != nil {
		return nil, fmt.Errorf("TLS handshake with the injector: %w", err)
	}
	chain := client.ConnectionState().PeerCertificates
	if len(chain) == 0 {
		return nil, errors.New("the injector serves no certificate")
	}
	return chain, nil
}
