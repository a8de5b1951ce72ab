package e2e

import (
	"crypto/x509"
	"errors"

	"github.com/linkerd-gcm/linkerd-gcm/certs"
)

// parseCertificate returns the first certificate of a PEM text.
func parseCertificate(text []byte) (*x509.Certificate, error) {
	certificates := certs.Certificates(text)
	if len(certificates) == 0 {
		return nil, errors.New("no certificate")
	}
	return certificates[0], nil
}

// holds returns an error if the CA is not in the caBundle.
func holds(bundle []byte, ca *x509.Certificate) error {
	for _, certificate := range certs.Certificates(bundle) {
		if certificate.Equal(ca) {
			return nil
		}
	}
	return errors.New("a caBundle does not hold the CA")
}
