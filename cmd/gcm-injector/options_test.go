package main

import (
	"crypto/tls"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/pflag"

	"github.com/linkerd-gcm/linkerd-gcm/certs"
	"github.com/linkerd-gcm/linkerd-gcm/internal/testca"
)

func TestDefaults(t *testing.T) {
	for name, test := range map[string]struct {
		args    []string
		allowed []string
		err     string
	}{
		"no list":             {},
		"a list":              {args: []string{"--allowed-sidecar-images=r.example/a,r.example/b/", "--allowed-sidecar-images=r.example/c:1"}, allowed: []string{"r.example/a", "r.example/b/", "r.example/c:1"}},
		"an empty list":       {args: []string{"--allowed-sidecar-images="}, err: "--allowed-sidecar-images is empty"},
		"an empty entry":      {args: []string{"--allowed-sidecar-images=r.example/a,"}, err: `--allowed-sidecar-images: "" is not an image`},
		"an entry of no kind": {args: []string{"--allowed-sidecar-images=r.example/*"}, err: `--allowed-sidecar-images: "r.example/*" is not an image`},
	} {
		t.Run(name, func(t *testing.T) {
			var o options
			flags := pflag.NewFlagSet("gcm-injector", pflag.ContinueOnError)
			o.register(flags)
			if err := flags.Parse(append(test.args, "--sidecar-image=r.example/a:1")); err != nil {
				t.Fatal(err)
			}
			got, err := o.defaults(flags)
			if test.err != "" {
				if err == nil || !strings.Contains(err.Error(), test.err) {
					t.Errorf("got %v, want %q", err, test.err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(append([]string{}, test.allowed...), got.AllowedImages.Texts()); diff != "" || got.SidecarImage != "r.example/a:1" {
				t.Errorf("image %q, list (-want +got):\n%s", got.SidecarImage, diff)
			}
		})
	}
}

func TestWhichClientsMayCall(t *testing.T) {
	file := filepath.Join(t.TempDir(), "ca.crt")
	if err := os.WriteFile(file, testca.New(t).CertificatePEM(), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		options options
		want    tls.ClientAuthType
		err     string
	}{
		"anybody":                  {want: tls.NoClientCert},
		"a CA's clients":           {options: options{clientCAFile: file}, want: tls.RequireAndVerifyClientCert},
		"some of them":             {options: options{clientCAFile: file, clientNames: []string{"kube-apiserver"}}, want: tls.RequireAndVerifyClientCert},
		"names without a CA":       {options: options{clientNames: []string{"kube-apiserver"}}, err: "--client-names is given without --client-ca-file"},
		"a file that is not there": {options: options{clientCAFile: file + "x"}, err: "--client-ca-file: reading the CA of clients: open"},
	} {
		t.Run(name, func(t *testing.T) {
			all, err := test.options.serveTLS(&certs.Files{})
			if (err == nil) != (test.err == "") || err != nil && !strings.Contains(err.Error(), test.err) {
				t.Fatalf("got %v, want %q", err, test.err)
			}
			config := &tls.Config{MinVersion: tls.VersionTLS13}
			for _, option := range all {
				option(config)
			}
			if config.ClientAuth != test.want {
				t.Errorf("clients: %s, want %s", config.ClientAuth, test.want)
			}
		})
	}
}
