package e2e

import (
	"crypto/x509"
	"errors"
	"fmt"
	"testing"
	"time"
)

// The CA is replaced when less than a third of its lifetime is left, which cert-manager's
// authority checks every ten seconds. The lifetimes are as short as they can be on a
// machine that is so busy that a process may not run for seconds.
func TestCertsRotateWithoutAFailedAdmission(t *testing.T) {
	t.Parallel()
	i := installCerts(t, 75*time.Second, 24*time.Second)
	i.createConfigurations(nil)
	replicas := []*certsReplica{i.startReplica("first", i.selfManaged()), i.startReplica("second", i.selfManaged())}
	i.await("both replicas ready", func() error { return errors.Join(replicas[0].ready(), replicas[1].ready()) })
	admissions := i.startAdmissions()

	served := map[*certsReplica]map[string]bool{replicas[0]: {}, replicas[1]: {}}
	ca := i.mustReadCA()
	for rotation := range 3 {
		var next *x509.Certificate
		i.await(fmt.Sprintf("CA rotation %d", rotation+1), func() (err error) {
			for _, replica := range replicas {
				if leaf, err := replica.leaf(); err == nil {
					served[replica][leaf.SerialNumber.String()] = true
				}
			}
			if next, err = i.readCA(); err == nil && next.Equal(ca) {
				err = errors.New("still the same CA")
			}
			return err
		})
		ca = next
		i.awaitTrust(ca)
		i.await("both replicas to serve certificates of the new CA", func() error {
			return errors.Join(replicas[0].servesCertificateOf(ca), replicas[1].servesCertificateOf(ca))
		})
	}
	admissions.check(t)
	for _, replica := range replicas {
		if got := len(served[replica]); got < 6 {
			t.Errorf("a replica served %d different certificates, want at least two for each CA", got)
		}
		if got := replica.repairs(t); got != 0 {
			t.Errorf("%v repairs counted, want none: a rotation is not a repair", got)
		}
	}
	i.requests.check(t)
}
