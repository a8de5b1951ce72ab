package main

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"strings"
	"testing"

	"cloud.google.com/go/monitoring/apiv3/v2/monitoringpb"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"
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
