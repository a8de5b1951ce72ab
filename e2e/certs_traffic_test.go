package e2e

import (
	"context"
	"fmt"
	"io"
	"net"
	"strconv"
	"sync"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	runtimeclient "sigs.k8s.io/controller-runtime/pkg/client"
)

// balancer does the work of the Service: it forwards each connection to the next replica.
// A replica gets connections from the moment when it is ready for the first time. In a
// cluster, it would be noticed late that a replica is no longer ready; here, it never is.
type balancer struct {
	listener net.Listener

	mu       sync.Mutex
	replicas []*certsReplica
	next     int
}

func newBalancer(t *testing.T) *balancer {
	t.Helper()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	b := &balancer{listener: listener}
	go func() {
		for {
			connection, err := listener.Accept()
			if err != nil {
				return
			}
			go b.forward(t.Context(), connection)
		}
	}()
	return b
}

// address is a host name and port: the certificate must be valid for the name.
func (b *balancer) address() string {
	return net.JoinHostPort("localhost", strconv.Itoa(b.listener.Addr().(*net.TCPAddr).Port))
}

func (b *balancer) add(replica *certsReplica) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.replicas = append(b.replicas, replica)
}

func (b *balancer) remove(replica *certsReplica) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for i, r := range b.replicas {
		if r == replica {
			b.replicas = append(b.replicas[:i:i], b.replicas[i+1:]...)
			return
		}
	}
}

// pick returns the next replica that has been ready, or nil.
func (b *balancer) pick() *certsReplica {
	b.mu.Lock()
	defer b.mu.Unlock()
	for range b.replicas {
		b.next++
		replica := b.replicas[b.next%len(b.replicas)]
		replica.wasReady = replica.wasReady || replica.source.Ready(nil) == nil
		if replica.wasReady {
			return replica
		}
	}
	return nil
}

func (b *balancer) forward(ctx context.Context, client net.Conn) {
	defer func() { _ = client.Close() }()
	replica := b.pick()
	if replica == nil {
		return
	}
	server, err := (&net.Dialer{}).DialContext(ctx, "tcp", replica.address)
	if err != nil {
		return
	}
	defer func() { _ = server.Close() }()
	go func() {
		_, _ = io.Copy(server, client)
		_ = server.(*net.TCPConn).CloseWrite()
	}()
	_, _ = io.Copy(client, server)
}

// admissions creates dry-run pods, one after the other without a pause.
type admissions struct {
	mu       sync.Mutex
	count    int
	failures []string
	stop     func()
}

func (i *certsInstallation) startAdmissions() *admissions {
	a := &admissions{}
	ctx, cancel := context.WithCancel(i.t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for ctx.Err() == nil {
			err := i.createDryRunPod(ctx)
			if ctx.Err() != nil {
				return
			}
			a.mu.Lock()
			a.count++
			if err != nil {
				a.failures = append(a.failures, time.Now().Format(time.StampMilli)+" "+err.Error())
			}
			a.mu.Unlock()
		}
	}()
	a.stop = sync.OnceFunc(func() {
		cancel()
		<-ended
	})
	i.t.Cleanup(a.stop)
	return a
}

// check ends the admissions and fails the test if one of them failed.
func (a *admissions) check(t *testing.T) {
	t.Helper()
	a.stop()
	t.Logf("%d admissions, %d failed", a.count, len(a.failures))
	if a.count == 0 {
		t.Error("there were no admissions")
	}
	for _, failure := range a.failures {
		t.Error(failure)
	}
}

// reach returns a check for that many admissions.
func (a *admissions) reach(count int) func() error {
	return func() error {
		a.mu.Lock()
		defer a.mu.Unlock()
		if a.count < count {
			return fmt.Errorf("%d admissions so far", a.count)
		}
		return nil
	}
}

func (i *certsInstallation) createDryRunPod(ctx context.Context) error {
	pod := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Namespace: i.name, GenerateName: "dry-run-"},
		Spec:       corev1.PodSpec{Containers: []corev1.Container{{Name: "main", Image: "example.com/image"}}},
	}
	return i.admin.Create(ctx, pod, runtimeclient.DryRunAll)
}
