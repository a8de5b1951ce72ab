package certs

import (
	"crypto/tls"
	"net"
	"testing"
)

func TestServeTLS(t *testing.T) {
	directory := t.TempDir()
	pair := newCA(t).Issue(t, webhookHost)
	pair.Mount(t, directory)
	files, err := NewFiles(directory, nil)
	if err != nil {
		t.Fatal(err)
	}
	server := &tls.Config{}
	ServeTLS(files)(server)

	tests := map[string]struct {
		version uint16
		want    bool
	}{
		"TLS 1.3 is served":  {version: tls.VersionTLS13, want: true},
		"TLS 1.2 is refused": {version: tls.VersionTLS12},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			near, far := net.Pipe()
			t.Cleanup(func() { _ = near.Close() })
			go func() {
				_ = tls.Server(far, server).HandshakeContext(t.Context()) // The client sees how it ends.
				_ = far.Close()
			}()
			client := tls.Client(near, &tls.Config{MaxVersion: test.version, InsecureSkipVerify: true})
			err := client.HandshakeContext(t.Context())
			if (err == nil) != test.want {
				t.Fatalf("handshake: %v, want success: %v", err, test.want)
			}
			if test.want && !client.ConnectionState().PeerCertificates[0].Equal(pair.Certificate) {
				t.Error("the certificate is not that of the source")
			}
		})
	}
}
