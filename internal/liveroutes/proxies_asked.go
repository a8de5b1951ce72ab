package liveroutes

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/http"
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
	pods := found.sample()
	answers := make([]asked, len(pods))
	var group errgroup.Group
	group.SetLimit(askAtOnce)
	for i, p := range pods {
		group.Go(func() error {
			ctx, cancel := context.WithTimeout(ctx, askTimeout)
			defer cancel()
			answers[i] = asked{pod: p}
			answers[i].answer, answers[i].err = c.ask(ctx, atPort(p), "", func(from io.Reader) (err error) {
				answers[i].samples, err = keptOf(from, r.Keeps)
				return err
			})
			return nil
		})
	}
	_ = group.Wait() // errors are in the answers
	all.checkAnswers(found, answers, r.SampleLimit)
}

// checkAnswers says what proxies have answered.
func (all *results) checkAnswers(found Proxies, answers []asked, limit int) {
	var most *asked
	answered, refused := 0, 0
	for i := range answers {
		a := &answers[i]
		switch {
		case a.err != nil:
			all.add(Doubtful, "", "the proxy of %s is not asked: %s", a, a.err)
		case a.code == http.StatusForbidden && a.ofAPIServer != "":
			all.add(Doubtful, "ask for the permission to get pods/proxy", "you may not ask proxies through the API server, so how many samples they have is not known: %s", a.ofAPIServer)
			return
		case a.code == http.StatusForbidden && found.expectsRefusal(a.pod):
			refused++
		case a.code == http.StatusForbidden:
			all.add(Doubtful, "", "asked through the API server, the proxy of %s answers 403, although no policy that is known refuses it", a)
		case a.code != http.StatusOK:
			all.add(Doubtful, "", "asked through the API server, the proxy of %s answers %d: %s", a, a.code, a.firstLine())
		default:
			answered++
			if most == nil || a.samples > most.samples {
				most = a
			}
		}
	}
	if most != nil {
		all.checkMost(*most, answered, limit)
	}
	if refused > 0 {
		all.add(Doubtful, "", "asked through the API server, which no policy lets in, the proxies of %s answer 403, as their policies have it: how many samples they have is not known", namespaces(refused))
	}
}

// checkMost compares the proxy that has the most samples with the limit.
func (all *results) checkMost(most asked, answered, limit int) {
	if limit > 0 && most.samples > limit {
		all.add(Fails, "give a larger --sample-limit, or fewer sets with --metrics",
			"a scrape of %s has %d samples to keep, which is more than --sample-limit %d: it would fail as a whole", most, most.samples, limit)
		return
	}
	all.add(Works, "", "asked through the API server, a proxy answers in each of %s; most samples to keep has %s, %d", namespaces(answered), most, most.samples)
}

func namespaces(n int) string {
	if n == 1 {
		return "1 namespace"
	}
	return fmt.Sprintf("%d namespaces", n)
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
