// Command gcm-emulator answers in place of Google Cloud Monitoring, for demos and tests. This
// package parses flags and serves; package gcmemulator has the rules.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strconv"
	"syscall"
	"time"

	"github.com/alecthomas/kingpin/v2"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"

	"github.com/linkerd-gcm/linkerd-gcm/internal/gcmemulator"
)

// options are what the flags say.
type options struct {
	listen, webListen string
	certificate, key  string
	texts             string
	emulator          gcmemulator.Options
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	var o options
	kingpin.MustParse(o.flags().Parse(os.Args[1:]))
	err := run(ctx, o, os.Stdout)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "gcm-emulator:", err)
		os.Exit(1)
	}
}

func (o *options) flags() *kingpin.Application {
	app := kingpin.New("gcm-emulator", "Answers in place of Google Cloud Monitoring: it accepts and refuses points as Google does, and shows them on a web page.")
	app.Flag("listen", "Address for gRPC, in plaintext. The exporter reaches it with --stackdriver.api-address=http://ADDRESS/?auth=false.").
		Default("127.0.0.1:9092").StringVar(&o.listen)
	app.Flag("tls-certificate", "File with a certificate of monitoring.googleapis.com: gRPC is then not in plaintext, "+
		"and an exporter that trusts its authority can be sent here by DNS alone.").StringVar(&o.certificate)
	app.Flag("tls-key", "File with the certificate's key.").StringVar(&o.key)
	app.Flag("web-listen", "Address of the web page, with /points as JSON and /faults beside it.").Default("127.0.0.1:9093").StringVar(&o.webListen)
	app.Flag("project", "The only project that there is; empty for any.").StringVar(&o.emulator.Project)
	app.Flag("period", "Sampling period: points of a series that are closer are refused; 0 for none.").Default("5s").DurationVar(&o.emulator.Period)
	app.Flag("texts", "Year whose words refusals have.").Default("2026").EnumVar(&o.texts, "2019", "2024", "2026")
	app.Flag("max-labels", "Labels that a metric may have.").Default("30").IntVar(&o.emulator.MaxLabels)
	app.Flag("max-series", "Series to remember; the one that has been silent longest is forgotten.").Default("100000").IntVar(&o.emulator.MaxSeries)
	app.Flag("max-points", "Points to remember; the oldest are forgotten.").Default("1000000").IntVar(&o.emulator.MaxPoints)
	app.Flag("seed", "Seed of the faults that hit by chance.").Uint64Var(&o.emulator.Seed)
	return app
}

// run serves until the context is done. It prints the addresses as soon as both are open.
func run(ctx context.Context, o options, out io.Writer) error {
	texts, err := strconv.Atoi(o.texts)
	if err != nil {
		return fmt.Errorf("--texts=%s is not a year: %w", o.texts, err)
	}
	o.emulator.Texts = gcmemulator.Texts(texts)
	emulator := gcmemulator.New(o.emulator)
	security, err := o.security()
	if err != nil {
		return err
	}
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", o.listen)
	if err != nil {
		return fmt.Errorf("--listen: %w", err)
	}
	defer listener.Close()
	web, err := config.Listen(ctx, "tcp", o.webListen)
	if err != nil {
		return fmt.Errorf("--web-listen: %w", err)
	}
	fmt.Fprintf(out, "gRPC: %s\nweb page: http://%s/\n", listener.Addr(), web.Addr())
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	server := &http.Server{Handler: emulator.Handler(), ReadHeaderTimeout: 10 * time.Second}
	served := make(chan error, 2)
	go func() { served <- server.Serve(web) }()
	go func() { served <- emulator.Serve(ctx, listener, security...) }()
	select {
	case <-ctx.Done():
	case err = <-served:
	}
	cancel()
	// The page has nothing worth waiting for.
	if closed := server.Close(); closed != nil && err == nil {
		err = closed
	}
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}

// security returns the options of a gRPC server for TLS, if that is asked for.
func (o options) security() ([]grpc.ServerOption, error) {
	if o.certificate == "" && o.key == "" {
		return nil, nil
	}
	secured, err := credentials.NewServerTLSFromFile(o.certificate, o.key)
	if err != nil {
		return nil, fmt.Errorf("--tls-certificate and --tls-key, which go together: %w", err)
	}
	return []grpc.ServerOption{grpc.Creds(secured)}, nil
}
