package e2e

import (
	"slices"
	"testing"

	"github.com/linkerd-gcm/linkerd-gcm/certs"
	"github.com/linkerd-gcm/linkerd-gcm/internal/testca"
)

// cert-manager renews the certificate in the Secret with a new CA, the kubelet writes it
// into the pod, and cainjector has put both CAs into the caBundles.
func TestCertsOfAMountedSecretAreReloaded(t *testing.T) {
	t.Parallel()
	i := installCerts(t, 0, 0)
	oldCA, newCA := testca.New(t), testca.New(t)
	i.createConfigurations(slices.Concat(oldCA.CertificatePEM(), newCA.CertificatePEM()))
	directory := t.TempDir()
	oldCA.Issue(t, "localhost").Mount(t, directory)
	files, err := certs.NewFiles(directory, []string{"localhost"})
	if err != nil {
		t.Fatal(err)
	}
	replica := i.startReplica("replica", files)
	i.await("ready", replica.ready)
	admissions := i.startAdmissions()
	i.await("ten admissions", admissions.reach(10))

	newCA.Issue(t, "localhost").Mount(t, directory)
	i.await("the new certificate to be served", func() error { return replica.servesCertificateOf(newCA.Certificate) })
	admissions.check(t)
	if got := i.requests.caBundleWrites(); got != 0 {
		t.Errorf("%d writes of caBundles, want none: somebody else writes them", got)
	}
}
