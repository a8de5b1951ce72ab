package liveroutes

import (
	"bufio"
	"context"
	"io"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/linkerd-gcm/linkerd-gcm/routes"
)

// asked is what a proxy has answered.
type asked struct {
	pod pod
	answer
	err error
	// samples counts those that the route keeps.
	samples int
}

func (a asked) String() string { return a.pod.Namespace + "/" + a.pod.Name }

const (
	askAtOnce  = 8
	askTimeout = 10 * time.Second
)

// askProxies asks one proxy of each namespace for its metrics, through the API server.
func (c *Cluster) askProxies(ctx context.Context, found Proxies, r routes.Request, all *results) {
	pods, keeps := found.sample(), r.Keeps()
	answers := make([]asked, len(pods))
	var group errgroup.Group
	group.SetLimit(askAtOnce)
	for i, p := range pods {
		group.Go(func() error {
			ctx, cancel := context.WithTimeout(ctx, askTimeout)
			defer cancel()
			answers[i] = asked{pod: p}
			answers[i].answer, answers[i].err = c.ask(ctx, atPort(p), "", func(from io.Reader) (err error) {
				answers[i].samples, err = keptOf(from, keeps)
				return err
			})
			return nil
		})
	}
	_ = group.Wait() // errors are in the answers
	all.checkAnswers(found, answers, r.SampleLimit)
}

// keptOf counts the samples of a text in Prometheus' format whose metrics are kept.
func keptOf(text io.Reader, keeps func(metric string) bool) (count int, err error) {
	known := map[string]bool{}
	lines := bufio.NewScanner(text)
	lines.Buffer(nil, block)
	for lines.Scan() {
		name := lines.Text()
		if i := strings.IndexAny(name, "{ "); i >= 0 {
			name = name[:i]
		}
		if name == "" || strings.HasPrefix(name, "#") {
			continue
		}
		kept, is := known[name]
		if !is {
			kept = keeps(name)
			known[name] = kept
		}
		if kept {
			count++
		}
	}
	return count, lines.Err()
}
