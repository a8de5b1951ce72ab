package testca

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
)

// Mount writes tls.crt and tls.key into the directory as the kubelet writes a mounted
// Secret: into a new directory, to which it then switches the symbolic link ..data. Call
// it again with another certificate to update the Secret.
func (p KeyPair) Mount(t testing.TB, directory string) {
	t.Helper()
	files := map[string][]byte{
		corev1.TLSCertKey:       p.CertificatePEM(),
		corev1.TLSPrivateKeyKey: p.KeyPEM(t),
	}
	version := filepath.Join(directory, fmt.Sprintf("..%d", time.Now().UnixNano()))
	if err := os.Mkdir(version, 0o700); err != nil {
		t.Fatal(err)
	}
	data := filepath.Join(directory, "..data")
	previous, _ := os.Readlink(data) // Empty the first time.
	var errs []error
	for name, content := range files {
		errs = append(errs, os.WriteFile(filepath.Join(version, name), content, 0o600))
	}
	errs = append(errs, os.Symlink(filepath.Base(version), data+"_tmp"), os.Rename(data+"_tmp", data))
	if previous == "" {
		for name := range files {
			errs = append(errs, os.Symlink(filepath.Join("..data", name), filepath.Join(directory, name)))
		}
	} else {
		errs = append(errs, os.RemoveAll(filepath.Join(directory, previous)))
	}
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
}
