package load

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/linkerd-gcm/linkerd-gcm/e2e/injector"
	"github.com/linkerd-gcm/linkerd-gcm/e2e/programs"
	"github.com/linkerd-gcm/linkerd-gcm/manifests"
)

// signal sends a signal to an injector's process.
func signal(t *testing.T, i *injector.Injector, s syscall.Signal) {
	t.Helper()
	if err := syscall.Kill(i.Process().PID(), s); err != nil {
		t.Fatal(err)
	}
}

// TestTerminationOfAReplicaUnderLoad tells the replica that gets all admissions to end.
func TestTerminationOfAReplicaUnderLoad(t *testing.T) {
	n := newNamespace(t)
	leaving := startReplica(t, options(t.Name()))
	call(t, leaving, gcm)
	var enough atomic.Bool
	defer enough.Store(true)
	var count, lost atomic.Int64
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			for !enough.Load() {
				c := n.create(dryRun)
				count.Add(1)
				if !c.injected() {
					lost.Add(1)
					t.Errorf("lost: %s", c)
				}
			}
		})
	}
	reach := func(more int64) {
		want := count.Load() + more
		n.await("admissions", func() error { return unless(count.Load() >= want, fmt.Sprint(count.Load())) })
	}
	reach(100)
	signal(t, leaving, syscall.SIGTERM)
	<-leaving.Process().Ended()
	reach(100)
	enough.Store(true)
	group.Wait()
	t.Logf("%d of %d admissions were lost", lost.Load(), count.Load())
	wantNoFault(t, leaving)
}

// wantNoFault fails the test if an injector that has ended did not end with code 0.
func wantNoFault(t *testing.T, i *injector.Injector) {
	t.Helper()
	var exit *exec.ExitError
	if err := i.Process().Failure(); errors.As(err, &exit) {
		t.Error(err)
	}
}

// TestAKilledReplicaLosesWhatCheckNames kills a replica that is deciding about a pod. The
// API server admits the pod as it is, as failurePolicy Ignore says, and check names it.
func TestAKilledReplicaLosesWhatCheckNames(t *testing.T) {
	n := newNamespace(t)
	api := newAPIServer(t)
	killed := behind(t, api)
	call(t, killed, gcm)
	api.delay.Store(int64(time.Hour))
	answer := make(chan created)
	go func() { answer <- n.create(really) }()
	n.await("the injector to read for the pod", func() error { return unless(api.waiting.Load() > 0, "it does not") })
	signal(t, killed, syscall.SIGKILL)
	c := <-answer
	if c.code != http.StatusCreated || c.injected() || len(c.warnings) > 0 {
		t.Fatalf("want the pod as it is, got %s", c)
	}
	before := c.pod.DeepCopy()
	c.pod.Status.Phase = corev1.PodRunning
	if err := kubernetes.Status().Patch(t.Context(), &c.pod, client.MergeFrom(before)); err != nil {
		t.Fatal(err)
	}
	n.wantInjected("by the other replica", n.create(really))
	report, err := exec.CommandContext(t.Context(), plane.Programs[programs.LinkerdGCM],
		"check", "--kubeconfig="+kubernetes.Kubeconfig, "--wait=0s").Output()
	var exit *exec.ExitError
	if !errors.As(err, &exit) {
		t.Errorf("check does not fail: %v", err)
	}
	if want := "pod " + n.name + "/" + c.pod.Name + " has no sidecar"; !strings.Contains(strings.Join(strings.Fields(string(report)), " "), want) {
		t.Errorf("want check to say %q, it says:\n%s", want, report)
	}
}

// TestSlowBodies sends 200 bodies at one byte a second to one replica, and one to another
// that is told to end. No connection outlives the server's limit, and the lease is free
// once the replica has ended.
func TestSlowBodies(t *testing.T) {
	n := newNamespace(t)
	leader := n.leader()
	slow := startReplica(t, options(t.Name()))
	closed := make(chan error, 201)
	for i := range cap(closed) {
		address := slow.WebhookAddress()
		if i == 0 {
			address = gcm.WebhookAddress()
		}
		connection := n.beginBody(address)
		go func() { closed <- drip(connection) }()
	}

	signal(t, gcm, syscall.SIGTERM)
	select {
	case <-gcm.Process().Ended():
		wantNoFault(t, gcm)
	case <-time.After(25 * time.Second): // What the chart's grace period leaves after its preStop hook.
		t.Error("the injector has not ended after 25 seconds")
		<-gcm.Process().Ended()
	}
	if n.leader() == leader {
		t.Error("the injector has ended, and its lease is still held")
	}
	for range cap(closed) {
		if err := <-closed; err != nil {
			t.Error(err)
		}
	}
	n.wantInjected("after slow bodies", n.create(dryRun))
	if err := gcm.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// leader returns who holds the lease, once somebody does.
func (n namespace) leader() (holder string) {
	n.Helper()
	key := client.ObjectKey{Namespace: manifests.DefaultNamespace, Name: "gcm-injector"}
	n.await("a leader", func() error {
		var lease coordinationv1.Lease
		if err := kubernetes.Get(n.Context(), key, &lease); err != nil {
			return err
		}
		holder = *lease.Spec.HolderIdentity
		return unless(holder != "", "the lease is free")
	})
	return holder
}

// beginBody sends the beginning of a request, and returns once the injector reads its
// body.
func (n namespace) beginBody(address string) *tls.Conn {
	n.Helper()
	head := strings.Replace(strings.TrimSuffix(posting(100_000), "{"), "\r\n", "\r\nExpect: 100-continue\r\n", 1)
	connection, err := connect(n.T, address, head)
	if err != nil {
		n.Fatal(err)
	}
	const want = "HTTP/1.1 100 Continue\r\n\r\n"
	got := make([]byte, len(want))
	if _, err := io.ReadFull(connection, got); err != nil || string(got) != want {
		n.Fatalf("the injector does not read the body, and says %q, %v", got, err)
	}
	return connection
}

// drip sends a byte of a body each second, and returns once the server has closed the
// connection, or an error if it does not.
func drip(connection *tls.Conn) error {
	ended := make(chan struct{})
	defer close(ended)
	go func() {
		second := time.NewTicker(time.Second)
		defer second.Stop()
		for {
			select {
			case <-second.C:
				_, _ = connection.Write([]byte(" ")) // The reader notices the end.
			case <-ended:
				return
			}
		}
	}()
	if err := connection.SetReadDeadline(time.Now().Add(time.Minute)); err != nil {
		return err
	}
	_, err := io.Copy(io.Discard, connection)
	var timeout net.Error
	if errors.As(err, &timeout) && timeout.Timeout() {
		return errors.New("a slow body is still awaited after a minute")
	}
	return nil
}
