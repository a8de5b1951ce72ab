package certs

import (
	"bytes"
	"crypto/sha256"
	"crypto/x509"
	"encoding/pem"
	"time"
)

// fingerprint identifies a certificate.
type fingerprint [sha256.Size]byte

func fingerprintOf(certificate *x509.Certificate) fingerprint {
	return sha256.Sum256(certificate.Raw)
}

// decodeBundle returns the certificates of a PEM bundle in their order. Anything else in
// the bundle is skipped, as the API server does; clean is then false.
func decodeBundle(bundle []byte) (certificates []*x509.Certificate, clean bool) {
	clean = true
	for {
		block, rest := pem.Decode(bundle)
		if block == nil {
			return certificates, clean && len(bytes.TrimSpace(bundle)) == 0
		}
		bundle = rest
		certificate, err := x509.ParseCertificate(block.Bytes)
		if block.Type != "CERTIFICATE" || err != nil {
			clean = false
			continue
		}
		certificates = append(certificates, certificate)
	}
}

// Certificates returns the certificates of a PEM text in their order. Anything else in it
// is skipped, as the API server does.
func Certificates(text []byte) []*x509.Certificate {
	certificates, _ := decodeBundle(text)
	return certificates
}

// encodeBundle is the inverse of decodeBundle.
func encodeBundle(certificates []*x509.Certificate) []byte {
	var bundle bytes.Buffer
	for _, certificate := range certificates {
		bundle.Write(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate.Raw}))
	}
	return bundle.Bytes()
}

// difference is what has to change in a bundle so that it holds exactly the wanted
// certificates.
type difference struct {
	missing []fingerprint
	// extra is true if the bundle also holds certificates that are not wanted, or bytes
	// that are not certificates.
	extra bool
}

// compareBundle returns how a bundle differs from the wanted certificates. Their order
// does not matter, so that two versions of the injector that order them differently do
// not overwrite each other's bundles again and again.
func compareBundle(bundle []byte, wanted []*x509.Certificate) difference {
	certificates, clean := decodeBundle(bundle)
	found := make(map[fingerprint]bool, len(certificates))
	for _, certificate := range certificates {
		found[fingerprintOf(certificate)] = true
	}
	diff := difference{extra: !clean || len(certificates) > len(wanted)}
	matched := 0
	for _, certificate := range wanted {
		if id := fingerprintOf(certificate); found[id] {
			matched++
		} else {
			diff.missing = append(diff.missing, id)
		}
	}
	diff.extra = diff.extra || matched < len(found)
	return diff
}

func (d difference) empty() bool {
	return len(d.missing) == 0 && !d.extra
}

// trusts reports whether an API server with this caBundle would accept the serving
// certificate.
func trusts(bundle []byte, leaf *x509.Certificate, now time.Time) bool {
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(bundle)
	_, err := leaf.Verify(x509.VerifyOptions{
		Roots:       roots,
		CurrentTime: now,
		KeyUsages:   []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	})
	return err == nil
}
