package certs

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/linkerd-gcm/linkerd-gcm/internal/testca"
)

func TestFilesReady(t *testing.T) {
	tests := map[string]struct {
		hosts     []string
		remaining time.Duration
		err       string
	}{
		"a valid certificate":     {hosts: []string{webhookHost}, remaining: time.Hour},
		"an expired certificate":  {hosts: []string{webhookHost}, remaining: -time.Second, err: "expired"},
		"one for another service": {hosts: []string{"gcm-injector.monitoring.svc"}, remaining: time.Hour, err: `the API server calls the injector by the name "gcm-injector.monitoring.svc"`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			directory := t.TempDir()
			newCA(t).Issue(t, webhookHost, testca.ExpiresIn(test.remaining)).Mount(t, directory)
			files, err := NewFiles(directory, test.hosts)
			if err != nil {
				t.Fatal(err)
			}
			err = files.Ready(nil)
			if (err == nil) != (test.err == "") || err != nil && !strings.Contains(err.Error(), test.err) {
				t.Errorf("Ready() = %v, want %q", err, test.err)
			}
		})
	}
}

func TestFilesReloadsWhatTheKubeletWrites(t *testing.T) {
	directory := t.TempDir()
	ca := newCA(t)
	first := ca.Issue(t, webhookHost)
	first.Mount(t, directory)
	files, err := NewFiles(directory, []string{webhookHost})
	if err != nil {
		t.Fatal(err)
	}
	if !servedLeaf(files.GetCertificate).Equal(first.Certificate) {
		t.Error("the first certificate is not served")
	}
	files.watcher.WithWatchInterval(500 * time.Millisecond) // For changes before the watch is set.
	watching := make(chan error, 1)
	go func() { watching <- files.watcher.Start(t.Context()) }()
	// More than once: the watch must survive the removal of the file that it was set on.
	for range 3 {
		next := ca.Issue(t, webhookHost)
		next.Mount(t, directory)
		for !servedLeaf(files.GetCertificate).Equal(next.Certificate) {
			select {
			case err := <-watching:
				t.Fatalf("the watch ended: %v", err)
			case <-t.Context().Done():
				t.Fatal("the new certificate is not served")
			case <-time.After(10 * time.Millisecond):
			}
		}
	}
}

func TestNewFilesNamesWhatIsMissing(t *testing.T) {
	directory := t.TempDir()
	_, err := NewFiles(directory, nil)
	if err == nil || !strings.Contains(err.Error(), "mount a Secret with the keys tls.crt and tls.key at "+directory) {
		t.Errorf("error = %v, want one that says what to mount where", err)
	}
}

// A kubelet whose disk is full leaves half a certificate, or none at all.
func TestFilesKeepsWhatItHasWhileTheFilesAreBroken(t *testing.T) {
	for name, broken := range map[string]string{"empty": "", "half a certificate": "-----BEGIN CERTIFICATE-----\nMIIB"} {
		t.Run(name, func(t *testing.T) {
			directory := t.TempDir()
			ca := newCA(t)
			first := ca.Issue(t, webhookHost)
			first.Mount(t, directory)
			files, err := NewFiles(directory, []string{webhookHost})
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(directory, corev1.TLSCertKey), []byte(broken), 0o600); err != nil {
				t.Fatal(err)
			}
			if err := files.watcher.ReadCertificate(); err == nil {
				t.Error("a broken certificate is read")
			}
			if !servedLeaf(files.GetCertificate).Equal(first.Certificate) {
				t.Error("the first certificate is not served any more")
			}
			if err := files.Ready(nil); err != nil {
				t.Errorf("not ready with a valid certificate: %v", err)
			}
			next := ca.Issue(t, webhookHost)
			next.Mount(t, directory)
			if err := files.watcher.ReadCertificate(); err != nil || !servedLeaf(files.GetCertificate).Equal(next.Certificate) {
				t.Errorf("the next certificate is not served: %v", err)
			}
		})
	}
}
