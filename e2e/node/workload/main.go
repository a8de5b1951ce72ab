// Command workload is what runs in the containers of test pods, whose images have no shell: it does to the container's
// files what a test wants to see done, and then serves them.
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
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "workload:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	write := flag.String("write", "", "file to write, with its own path as the content, before anything is served")
	read := flag.String("read", "", "file to print, instead of serving")
	get := flag.String("get", "", "address to ask over HTTP, instead of serving")
	address := flag.String("serve", "", "address to serve the container's file system on")
	flag.Parse()

	fmt.Printf("uid=%d gid=%d\n", os.Getuid(), os.Getgid())
	if *write != "" {
		if err := os.WriteFile(*write, []byte(*write), 0o640); err != nil {
			return err
		}
	}
	if *read != "" {
		text, err := os.ReadFile(*read)
		fmt.Printf("%s", text)
		return err
	}
	if *get != "" {
		return ask(ctx, *get)
	}
	if *address == "" {
		<-ctx.Done()
		return nil
	}
	server := &http.Server{Addr: *address, Handler: http.FileServerFS(os.DirFS("/")), ReadHeaderTimeout: 10 * time.Second}
	context.AfterFunc(ctx, func() { _ = server.Close() })
	if err := server.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// ask succeeds where the address answers that all is well.
func ask(ctx context.Context, address string) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return errors.New(response.Status)
	}
	return nil
}
