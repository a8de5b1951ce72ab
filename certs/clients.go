package certs

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
)

// clientCheck decides which clients may call the injector.
type clientCheck struct {
	caFile string
	// names are those of which a client's certificate must have one; any, if there are none.
	names []string
}

// RequireClients returns an option for the webhook server that makes it accept only clients
// with a certificate that a CA of the file, in PEM, has signed. If names are given, the
// certificate must have one of them as its common name, or as a DNS name or URI among its
// alternative names. The file is read again for each connection, so that a CA can be
// replaced without a restart. It returns an error if the file has no CA.
func RequireClients(caFile string, names []string) (func(*tls.Config), error) {
	check := clientCheck{caFile, names}
	if _, err := check.pool(); err != nil {
		return nil, err
	}
	return check.addTo, nil
}

func (c clientCheck) addTo(config *tls.Config) {
	config.ClientAuth = tls.RequireAndVerifyClientCert
	config.ClientCAs = x509.NewCertPool() // If it were nil, the CAs of the system would count.
	config.VerifyConnection = c.checkName
	// A resumed session would count after its CA was removed.
	config.SessionTicketsDisabled = true
	config.GetConfigForClient = func(*tls.ClientHelloInfo) (*tls.Config, error) {
		pool, err := c.pool()
		if err != nil {
			return nil, err
		}
		current := config.Clone()
		current.ClientCAs = pool
		return current, nil
	}
}

func (c clientCheck) pool() (*x509.CertPool, error) {
	text, err := os.ReadFile(c.caFile)
	if err != nil {
		return nil, fmt.Errorf("reading the CA of clients: %w", err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(text) {
		return nil, fmt.Errorf("reading the CA of clients: %s has no certificate in PEM", c.caFile)
	}
	return pool, nil
}

// checkName is called after the certificate was verified.
func (c clientCheck) checkName(state tls.ConnectionState) error {
	if len(c.names) == 0 {
		return nil
	}
	if len(state.PeerCertificates) == 0 {
		return errors.New("the client has no certificate")
	}
	certificate := state.PeerCertificates[0]
	names := append([]string{certificate.Subject.CommonName}, certificate.DNSNames...)
	for _, uri := range certificate.URIs {
		names = append(names, uri.String())
	}
	if !slices.ContainsFunc(names, func(name string) bool { return slices.Contains(c.names, name) }) {
		return fmt.Errorf("the client's certificate is for %q, none of which is allowed: %s", names, strings.Join(c.names, ", "))
	}
	return nil
}
