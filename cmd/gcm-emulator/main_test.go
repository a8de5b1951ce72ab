package main

import (
	"bufio"
	"context"
	"crypto/x509"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"cloud.google.com/go/monitoring/apiv3/v2/monitoringpb"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"

	"github.com/linkerd-gcm/linkerd-gcm/internal/testca"
)

// TestItServesBoth starts the command on free ports, asks both, and ends it.
func TestItServesBoth(t *testing.T) {
	var o options
	if _, err := o.flags().Parse([]string{"--listen=127.0.0.1:0", "--web-listen=127.0.0.1:0", "--project=p"}); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	reader, writer := io.Pipe()
	done := make(chan error, 1)
	go func() { done <- run(ctx, o, writer) }()
	lines := bufio.NewScanner(reader)
	address := func(prefix string) string {
		if !lines.Scan() || !strings.HasPrefix(lines.Text(), prefix) {
			t.Fatalf("the output is %q, want %s…", lines.Text(), prefix)
		}
		return strings.TrimPrefix(lines.Text(), prefix)
	}
	grpcAddress, page := address("gRPC: "), address("web page: ")
	connection, err := grpc.NewClient(grpcAddress, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	defer connection.Close()
	_, err = monitoringpb.NewMetricServiceClient(connection).CreateTimeSeries(t.Context(), &monitoringpb.CreateTimeSeriesRequest{Name: "projects/other"})
	if status.Code(err) != codes.NotFound {
		t.Errorf("the answer is %v, want that there is no such project", err)
	}
	response, err := http.Get(page)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(response.Body)
	response.Body.Close()
	if err != nil || !strings.Contains(string(text), "The project does not exist.") {
		t.Errorf("the page is %s, %v", text, err)
	}
	stop()
	if err := <-done; err != nil {
		t.Errorf("it ended with %v", err)
	}
}

func TestAnAddressInUseIsNamed(t *testing.T) {
	o := options{listen: "127.0.0.1:0", webListen: "127.0.0.1:http-or-not", texts: "2026"}
	if err := run(t.Context(), o, io.Discard); err == nil || !strings.HasPrefix(err.Error(), "--web-listen: ") {
		t.Errorf("the error is %v", err)
	}
}

// TestItServesInGooglesPlace starts the command with a certificate of Google's name, and asks
// it as somebody who trusts its authority.
func TestItServesInGooglesPlace(t *testing.T) {
	const host = "monitoring.googleapis.com"
	ca, folder := testca.New(t), t.TempDir()
	ca.Issue(t, host).Mount(t, folder)
	trusted := x509.NewCertPool()
	trusted.AddCert(ca.Certificate)
	o := options{
		listen: "127.0.0.1:0", webListen: "127.0.0.1:0", texts: "2026",
		certificate: filepath.Join(folder, "tls.crt"), key: filepath.Join(folder, "tls.key"),
	}
	ctx, stop := context.WithCancel(t.Context())
	reader, writer := io.Pipe()
	done := make(chan error, 1)
	go func() { done <- run(ctx, o, writer) }()
	lines := bufio.NewScanner(reader)
	lines.Scan()
	address := strings.TrimPrefix(lines.Text(), "gRPC: ")
	lines.Scan() // the address of the page: else the command waits for its reader
	connection, err := grpc.NewClient(address, grpc.WithTransportCredentials(credentials.NewClientTLSFromCert(trusted, host)))
	if err != nil {
		t.Fatal(err)
	}
	defer connection.Close()
	request := &monitoringpb.ListMetricDescriptorsRequest{Name: "projects/p"}
	if _, err := monitoringpb.NewMetricServiceClient(connection).ListMetricDescriptors(t.Context(), request); err != nil {
		t.Error(err)
	}
	stop()
	if err := <-done; err != nil {
		t.Errorf("it ended with %v", err)
	}
}

func TestACertificateWithoutAKeyIsRefused(t *testing.T) {
	o := options{listen: "127.0.0.1:0", webListen: "127.0.0.1:0", texts: "2026", certificate: "tls.crt"}
	if err := run(t.Context(), o, io.Discard); err == nil || !strings.HasPrefix(err.Error(), "--tls-certificate and --tls-key") {
		t.Errorf("the error is %v", err)
	}
}
