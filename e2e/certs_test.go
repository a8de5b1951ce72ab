package e2e

import (
	"errors"
	"testing"
	"time"

	admissionv1 "k8s.io/api/admissionregistration/v1"
)

func TestCertsTwoReplicasStartAtOnceOnAnEmptyCluster(t *testing.T) {
	t.Parallel()
	i := installCerts(t, 10*time.Hour, time.Hour)
	i.createConfigurations(nil)
	first, second := i.startReplica("first", i.selfManaged()), i.startReplica("second", i.selfManaged())
	i.await("both replicas ready", func() error { return errors.Join(first.ready(), second.ready()) })

	ca := i.mustReadCA()
	for name, replica := range map[string]*certsReplica{"first": first, "second": second} {
		if err := replica.servesCertificateOf(ca); err != nil {
			t.Errorf("replica %s: %v", name, err)
		}
	}
	i.awaitCABundleWrites(2) // One for each configuration.

	// The other replica becomes the leader. It must write only what is damaged.
	leader, follower := first, second
	select {
	case <-first.manager.Elected():
	case <-second.manager.Elected():
		leader, follower = second, first
	}
	leader.stop()
	i.await("the other replica to lead", func() error {
		select {
		case <-follower.manager.Elected():
			return nil
		default:
			return errors.New("not elected")
		}
	})
	i.setCABundle(&admissionv1.ValidatingWebhookConfiguration{}, nil)
	i.awaitTrust(ca)
	i.awaitCABundleWrites(3)
	admissions := i.startAdmissions()
	i.await("ten admissions", admissions.reach(10))
	admissions.check(t)
	if got := i.requests.caBundleWrites(); got != 3 {
		t.Errorf("%d writes of caBundles, want one for each configuration and one for the one that was damaged", got)
	}
	i.requests.check(t)
}

func TestCertsWaitForConfigurationsThatDoNotExist(t *testing.T) {
	t.Parallel()
	i := installCerts(t, 10*time.Hour, time.Hour)
	replica := i.startReplica("replica", i.selfManaged())
	i.await("ready without any configuration", replica.ready)
	i.createConfigurations(nil)
	i.awaitTrust(i.mustReadCA())
	admissions := i.startAdmissions()
	i.await("ten admissions", admissions.reach(10))
	admissions.check(t)
	i.requests.check(t)
}
