// Command workload runs in the containers of test pods, whose images have no shell: it
// writes or reads files of the container for a test, and serves them.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/linkerd-gcm/linkerd-gcm/e2e/httpget"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	var o options
	flag.StringVar(&o.write, "write", "", "file to write, with its own path as the content, before anything is served")
	flag.StringVar(&o.read, "read", "", "file to print, instead of serving")
	flag.StringVar(&o.get, "get", "", "URL to request, instead of serving")
	flag.StringVar(&o.serve, "serve", "", "address to serve the container's file system on")
	flag.Parse()
	err := o.run(ctx)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "workload:", err)
		os.Exit(1)
	}
}

type options struct{ write, read, get, serve string }

func (o options) run(ctx context.Context) error {
	fmt.Printf("uid=%d gid=%d\n", os.Getuid(), os.Getgid())
	if o.write != "" {
		if err := os.WriteFile(o.write, []byte(o.write), 0o640); err != nil {
			return err
		}
	}
	if o.read != "" {
		text, err := os.ReadFile(o.read)
		fmt.Printf("%s", text)
		return err
	}
	if o.get != "" {
		return httpget.OK(ctx, o.get)
	}
	if o.serve == "" {
		<-ctx.Done()
		return nil
	}
	server := &http.Server{Addr: o.serve, Handler: http.FileServerFS(os.DirFS("/")), ReadHeaderTimeout: 10 * time.Second}
	context.AfterFunc(ctx, func() { _ = server.Close() })
	if err := server.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
