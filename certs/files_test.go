package certs

import (
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
)

// mountSecret writes a certificate and its key as kubelet does: into a new directory, to which the symbolic link
// ..data is then switched.
func mountSecret(t *testing.T, directory string, ca testCA, remaining time.Duration) *x509.Certificate {
	t.Helper()
	key := newKey(t)
	template := &x509.Certificate{
		DNSNames:  []string{webhookHost},
		NotBefore: time.Now().Add(-time.Minute),
		NotAfter:  time.Now().Add(remaining),
	}
	certificate := sign(t, template, ca.certificate, key, ca.key)
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	content := map[string][]byte{
		corev1.TLSCertKey:       encodeBundle([]*x509.Certificate{certificate}),
		corev1.TLSPrivateKeyKey: pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}),
	}
	version := filepath.Join(directory, fmt.Sprintf("..%d", time.Now().UnixNano()))
	if err := os.Mkdir(version, 0o700); err != nil {
		t.Fatal(err)
	}
	data := filepath.Join(directory, "..data")
	previous, _ := os.Readlink(data)
	steps := []func() error{
		func() error { return os.Symlink(filepath.Base(version), data+"_tmp") },
		func() error { return os.Rename(data+"_tmp", data) },
	}
	for name, bytes := range content {
		steps = append([]func() error{func() error { return os.WriteFile(filepath.Join(version, name), bytes, 0o600) }}, steps...)
		if previous == "" {
			steps = append(steps, func() error { return os.Symlink(filepath.Join("..data", name), filepath.Join(directory, name)) })
		}
	}
	if previous != "" {
		steps = append(steps, func() error { return os.RemoveAll(filepath.Join(directory, previous)) })
	}
	for _, step := range steps {
		if err := step(); err != nil {
			t.Fatal(err)
		}
	}
	return certificate
}

func TestFilesReady(t *testing.T) {
	tests := map[string]struct {
		hosts     []string
		remaining time.Duration
		err       string
	}{
		"a valid certificate":     {hosts: []string{webhookHost}, remaining: time.Hour},
		"an expired certificate":  {hosts: []string{webhookHost}, remaining: -time.Second, err: "expired"},
		"one for another service": {hosts: []string{"gcm-injector.monitoring.svc"}, remaining: time.Hour, err: `the API server will ask for "gcm-injector.monitoring.svc"`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			directory := t.TempDir()
			mountSecret(t, directory, newCA(t), test.remaining)
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

func TestFilesPicksUpWhatKubeletWrites(t *testing.T) {
	directory := t.TempDir()
	ca := newCA(t)
	first := mountSecret(t, directory, ca, time.Hour)
	files, err := NewFiles(directory, []string{webhookHost})
	if err != nil {
		t.Fatal(err)
	}
	if !servedLeaf(files.GetCertificate).Equal(first) {
		t.Error("the first certificate is not served")
	}
	files.watcher.WithWatchInterval(500 * time.Millisecond) // For what happens before the watch is set.
	watching := make(chan error, 1)
	go func() { watching <- files.watcher.Start(t.Context()) }()
	// More than once: the watch must survive the removal of the file that it was set on.
	for range 3 {
		next := mountSecret(t, directory, ca, time.Hour)
		for !servedLeaf(files.GetCertificate).Equal(next) {
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
