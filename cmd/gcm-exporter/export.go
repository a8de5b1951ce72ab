package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/prometheus/common/promslog"
	"k8s.io/utils/clock"

	"github.com/linkerd-gcm/linkerd-gcm/exporter"
	"github.com/linkerd-gcm/linkerd-gcm/exporter/cloudmonitoring"
	"github.com/linkerd-gcm/linkerd-gcm/exporter/state"
	"github.com/linkerd-gcm/linkerd-gcm/exporter/status"
	"github.com/linkerd-gcm/linkerd-gcm/exporter/targets"
)

// The waits for Prometheus' list of targets. With --once nobody has time for more.
const (
	pause, apart         = 5 * time.Second, targets.Interval
	oncePause, onceApart = 250 * time.Millisecond, time.Second
)

// readHeaderTimeout bounds how long somebody may take to ask for a page.
const readHeaderTimeout = 10 * time.Second

// export puts the parts together and runs them until the context is done.
func (o *options) export(ctx context.Context, out, messages io.Writer) error {
	o.log.Writer = messages
	log := promslog.New(&o.log)
	limitMemory(log)
	for _, f := range o.withoutEffect() {
		log.Info("The flag has no effect", "flag", f[0], "because", f[1])
	}
	if err := askGoogle(ctx, log, &o.settings); err != nil {
		return configurationError{err}
	}
	o.settings.Own = own()
	if err := o.settings.Check(); err != nil {
		return configurationError{err}
	}
	poller, err := o.poller()
	if err != nil {
		return configurationError{err}
	}
	e, err := exporter.New(exporter.Options{
		Log: log, Settings: o.settings, ConfigFile: o.configFile, WAL: o.walDirectory, StateFile: o.statePath(), Backfill: o.backfill, Once: o.once,
		Targets: poller, Clock: clock.RealClock{}, Version: version, Address: o.apiAddress, PrometheusAddress: o.prometheus,
	})
	if err != nil {
		return configurationError{err}
	}
	return o.run(ctx, log, e, out)
}

// statePath is where the state is saved: nowhere with --dry-run.
func (o *options) statePath() string {
	switch {
	case o.dryRun:
		return ""
	case o.stateFile == "":
		return state.DefaultPath(o.walDirectory)
	}
	return o.stateFile
}

// run sends points and serves pages until the log has been read or the context is done.
func (o *options) run(ctx context.Context, log *slog.Logger, e *exporter.Exporter, out io.Writer) error {
	stopServing, err := o.serve(ctx, log, e)
	if err != nil {
		return err
	}
	defer stopServing()
	reloadOnSignal(ctx, e)
	if o.dryRun {
		return e.Run(ctx, exporter.NewPrinter(out, e.Settle))
	}
	address, err := cloudmonitoring.ParseAddress(o.apiAddress)
	if err != nil {
		return configurationError{fmt.Errorf("--stackdriver.api-address: %w", err)}
	}
	connection := cloudmonitoring.Dial(cloudmonitoring.DialOptions{Address: address, UseRestrictedIPs: o.restrictedIPs, UserAgent: program + "/" + version})
	defer func() { _ = connection.Close() }() // The program ends.
	sender := cloudmonitoring.New(cloudmonitoring.Options{
		Project: o.settings.Project, Settled: e.Settle, MaxAge: o.maxAge, Log: log, Principal: connection.Principal,
	}, connection)
	return runWith(ctx, sender, func() error { return e.Run(ctx, exporter.Google{Sender: sender}) })
}

// runWith sends while something runs. It goes on sending when the context is done: what runs
// then has its last points settled.
func runWith(ctx context.Context, sender *cloudmonitoring.Sender, run func() error) error {
	sending, stop := context.WithCancel(context.WithoutCancel(ctx))
	var done sync.WaitGroup
	done.Go(func() { sender.Run(sending) })
	err := run()
	stop()
	done.Wait()
	return err
}

func (o *options) poller() (*targets.Poller, error) {
	client, err := targets.NewClient(o.prometheus)
	if err != nil {
		return nil, err
	}
	options := targets.Options{MaxAge: o.maxAge, Pause: pause, Apart: apart, Now: time.Now}
	if o.once {
		options.Pause, options.Apart = oncePause, onceApart
	}
	return &targets.Poller{Cache: targets.New(options), Client: client}, nil
}

// serve serves the exporter's own pages, but not with --once, which is done soon.
func (o *options) serve(ctx context.Context, log *slog.Logger, e *exporter.Exporter) (stop func(), err error) {
	if o.once {
		return func() {}, nil
	}
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", o.webAddress)
	if err != nil {
		return nil, fmt.Errorf("listening at --web.listen-address: %w", err)
	}
	server := &http.Server{Handler: status.Handler(e.Report, status.Options{Page: o.statusPage, Profiles: o.profiles}), ReadHeaderTimeout: readHeaderTimeout}
	go func() {
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			log.Error("The exporter's own pages are not served any more", "error", err)
		}
	}()
	log.Info("The exporter's own pages are served", "address", listener.Addr().String())
	return func() { _ = server.Close() }, nil
}
