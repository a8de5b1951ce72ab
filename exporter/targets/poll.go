package targets

import (
	"context"
	"time"
)

// bulk is the number of metrics in one interval from which on all metadata are asked for at
// once.
const bulk = 8

// A Poller keeps a Cache up to date. It is for one goroutine.
type Poller struct {
	Cache  *Cache
	Client *Client
	// listed is when a list was asked for last, whether or not it came.
	listed time.Time
	// asked counts the metrics that were asked about since then.
	asked int
}

// Round asks Prometheus what is due: the list of targets, and the metadata of metrics that
// somebody waits for.
func (p *Poller) Round(ctx context.Context) error {
	if p.Next() <= 0 {
		p.listed, p.asked = p.Cache.options.Now(), 0
		list, scraped, err := p.Client.targets(ctx)
		if err != nil {
			p.listed = time.Time{}
			return err
		}
		p.Cache.listScrapes(scraped, p.listed)
		p.Cache.List(list, p.listed)
	}
	open := p.Cache.open()
	if p.asked += len(open); p.asked > bulk && len(open) > 0 {
		p.asked = 0
		return p.ask(ctx, "", open)
	}
	for _, metric := range open {
		if err := p.ask(ctx, metric, []string{metric}); err != nil {
			return err
		}
	}
	return nil
}

// ask asks about a metric, or about all where it is "".
func (p *Poller) ask(ctx context.Context, metric string, about []string) error {
	now := p.Cache.options.Now()
	answer, err := p.Client.metadata(ctx, metric)
	if err == nil {
		p.Cache.learn(answer, about, now)
	}
	return err
}

// Next returns the time until the next list is due. It is sooner where somebody waits for
// one.
func (p *Poller) Next() time.Duration {
	if p.listed.IsZero() {
		return 0
	}
	period := Interval
	if p.Cache.waited() {
		period = min(Interval, p.Cache.options.Pause)
	}
	return period - p.Cache.options.Now().Sub(p.listed)
}
