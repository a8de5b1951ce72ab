package exporter

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// A mesh is a set of simulated proxies. Each has counters that grow, a histogram, and a
// start time; they are born and die, restart, forget series that are idle, and fail scrapes.
type mesh struct {
	mu     sync.Mutex
	random *rand.Rand
	alive  []*proxy
	// all are the pods that there were.
	all []string
	// served are all answers to scrapes so far: the values of the counters in each.
	served []map[*counter]float64
	born   int
	// calm says that no series is born any more, and still that nothing grows any more.
	calm, still bool
}

type key struct{ metric, pod, code string }

// A proxy serves metrics of a pod.
type proxy struct {
	mesh    *mesh
	pod     string
	server  *httptest.Server
	started time.Time
	// failing is how many scrapes from now on fail.
	failing int
	// forgotten are the series that the next answer must lack: else nobody could know.
	forgotten []string
	// answered says that a scrape has succeeded since it failed.
	answered bool
	counters map[string]*counter
	// buckets has the values of the histogram that are at most each bound.
	buckets []float64
	sum     float64
	all     *counter
}

// A counter is a series from its birth until its process ends or forgets it: its value now,
// and when it was scraped last.
type counter struct {
	of             key
	value, scraped float64
}

var bounds = []float64{1, 10, 100}

func newMesh(t *testing.T, proxies int) *mesh {
	m := &mesh{random: rand.New(rand.NewPCG(1, 2))}
	t.Cleanup(func() {
		m.mu.Lock()
		alive := slices.Clone(m.alive)
		m.mu.Unlock()
		for _, p := range alive {
			p.server.Close()
		}
	})
	for range proxies {
		m.birth()
	}
	return m
}

// birth adds a proxy.
func (m *mesh) birth() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.born++
	p := &proxy{mesh: m, pod: fmt.Sprintf("pod-%d", m.born)}
	p.start()
	p.server = httptest.NewServer(http.HandlerFunc(p.serve))
	m.alive, m.all = append(m.alive, p), append(m.all, p.pod)
}

// start begins a process, whose counters are at zero.
func (p *proxy) start() {
	p.started, p.counters, p.buckets, p.sum = time.Now(), map[string]*counter{}, make([]float64, len(bounds)+1), 0
	p.all = &counter{of: key{"response_latency_ms", p.pod, ""}}
}

// death removes a proxy for good.
func (m *mesh) death() {
	m.mu.Lock()
	p := m.alive[0]
	m.alive = m.alive[1:]
	m.mu.Unlock()
	p.server.Close()
}

// upset restarts a proxy, makes it forget a series or fail a few scrapes.
func (m *mesh) upset() {
	m.mu.Lock()
	defer m.mu.Unlock()
	p := m.alive[m.random.IntN(len(m.alive))]
	switch m.random.IntN(3) {
	case 0:
		// A new process has counted less than the one before when it is scraped first: else
		// nobody could know.
		if p.old() {
			p.start()
		}
	case 1:
		for code := range p.counters {
			delete(p.counters, code)
			p.forgotten = append(p.forgotten, code)
			break
		}
	case 2:
		// Two scrapes and the one before are three intervals: then a birth is still dated.
		if p.answered {
			p.failing, p.answered = 1+m.random.IntN(2), false
		}
	}
}

// old reports whether each counter has more than a process counts between two scrapes.
func (p *proxy) old() bool {
	for _, c := range p.counters {
		if c.scraped <= 4 {
			return false
		}
	}
	return p.all.scraped > 3
}

// calmDown lets no series be born any more.
func (m *mesh) calmDown() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.calm = true
}

// freeze lets nothing grow any more.
func (m *mesh) freeze() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.still = true
}

// truth returns what every counter has counted, as it was scraped last: with those answers
// alone that Prometheus has stored, and has stored as that pod's. A port may belong to another
// pod soon after one has died.
func (m *mesh) truth(scraped map[string][]sample) map[key]float64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	stored := map[string]map[int64]string{}
	for series, samples := range scraped {
		stored[series] = map[int64]string{}
		for _, s := range samples {
			stored[series][s.time] = s.value
		}
	}
	last := map[*counter]float64{}
	for _, pod := range m.all {
		for _, s := range scraped["served/"+pod+"/"] {
			number, err := strconv.Atoi(s.value)
			if err != nil || number >= len(m.served) {
				continue
			}
			for c, value := range m.served[number] {
				if has, is := stored[c.of.series()][s.time]; is && has == fmt.Sprint(value) {
					last[c] = max(last[c], value)
				}
			}
		}
	}
	truth := map[key]float64{}
	for c, value := range last {
		truth[c.of] += value
	}
	return truth
}

// targets are the proxies as Prometheus discovers them.
func (m *mesh) targets() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	var b strings.Builder
	b.WriteString("[")
	for i, p := range m.alive {
		if i > 0 {
			b.WriteString(",")
		}
		fmt.Fprintf(&b, `{"targets":[%q],"labels":{"pod":%q,"__meta_kubernetes_namespace":"default","__meta_kubernetes_pod_name":%q,"__meta_kubernetes_pod_container_name":"linkerd-proxy"}}`,
			p.address(), p.pod, p.pod)
	}
	b.WriteString("]")
	return b.String()
}

func (p *proxy) address() string { return p.server.Listener.Addr().(*net.TCPAddr).String() }

// serve answers one scrape. The answer has a number, so that those count that Prometheus has
// stored.
func (p *proxy) serve(w http.ResponseWriter, _ *http.Request) {
	m := p.mesh
	m.mu.Lock()
	defer m.mu.Unlock()
	if p.failing > 0 {
		p.failing--
		http.Error(w, "not now", http.StatusServiceUnavailable)
		return
	}
	if !m.still {
		p.grow()
	}
	var b strings.Builder
	fmt.Fprintf(&b, "# TYPE process_start_time_seconds gauge\nprocess_start_time_seconds %.3f\n", float64(p.started.UnixMilli())/1000)
	b.WriteString("# TYPE response_total counter\n")
	for _, code := range slices.Sorted(maps.Keys(p.counters)) {
		fmt.Fprintf(&b, "response_total{code=%q} %g\n", code, p.counters[code].value)
	}
	b.WriteString("# TYPE response_latency_ms histogram\n")
	for i, bound := range append(slices.Clone(bounds), 0) {
		le := fmt.Sprint(bound)
		if i == len(bounds) {
			le = "+Inf"
		}
		fmt.Fprintf(&b, "response_latency_ms_bucket{le=%q} %g\n", le, p.buckets[i])
	}
	fmt.Fprintf(&b, "response_latency_ms_sum %g\nresponse_latency_ms_count %g\n", p.sum, p.buckets[len(bounds)])
	fmt.Fprintf(&b, "# TYPE served gauge\nserved %d\n", len(m.served))
	p.scraped()
	// An answer that does not arrive is not stored, and does not count.
	_, _ = w.Write([]byte(b.String()))
}

// grow lets time pass: counters rise, and now and then a series is born.
func (p *proxy) grow() {
	random := p.mesh.random
	if code := fmt.Sprint(200 + random.IntN(12)); p.counters[code] == nil && !p.mesh.calm && !slices.Contains(p.forgotten, code) && (len(p.counters) < 2 || random.IntN(4) == 0) {
		p.counters[code] = &counter{of: key{"response_total", p.pod, code}}
	}
	for _, code := range slices.Sorted(maps.Keys(p.counters)) {
		p.counters[code].value += float64(random.IntN(5))
	}
	for range random.IntN(4) {
		v := random.Float64() * 200
		p.sum += v
		for i, bound := range bounds {
			if v <= bound {
				p.buckets[i]++
			}
		}
		p.buckets[len(bounds)]++
	}
}

// scraped takes down what an answer has.
func (p *proxy) scraped() {
	p.all.value = p.buckets[len(bounds)]
	answer := map[*counter]float64{p.all: p.all.value}
	for _, c := range p.counters {
		answer[c] = c.value
	}
	for c := range answer {
		c.scraped = c.value
	}
	p.answered, p.forgotten = true, nil
	p.mesh.served = append(p.mesh.served, answer)
}

// pods are the pods of the proxies that are alive.
func (m *mesh) pods() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	var pods []string
	for _, p := range m.alive {
		pods = append(pods, p.pod)
	}
	return pods
}

// series is the name that Prometheus has for a series of which Google has made this one.
func (k key) series() string {
	switch k.metric {
	case "response_latency_ms":
		return "response_latency_ms_count/" + k.pod + "/"
	case "proxy_response_rate":
		return "proxy:response:rate/" + k.pod + "/"
	}
	return k.metric + "/" + k.pod + "/" + k.code
}
