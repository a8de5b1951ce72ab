package exporter

import (
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/common/model"

	"github.com/linkerd-gcm/linkerd-gcm/e2e/process/processtest"
	"github.com/linkerd-gcm/linkerd-gcm/e2e/scrapelog"
	"github.com/linkerd-gcm/linkerd-gcm/internal/gcmemulator"
)

var soakFor = flag.Duration("soak", 75*time.Second, "how long TestSoak runs; 30m for a release, with a -timeout above that")

// What the exporter has to do for that long: 20,000 series, each every ten seconds.
const (
	soakTargets  = 100
	soakSeries   = 200
	soakInterval = 10 * time.Second
)

// troubles are what goes wrong, each for a while, with pauses between them.
var troubles = []gcmemulator.Fault{
	{Kind: gcmemulator.Unavailable, Probability: 0.7},
	{Kind: gcmemulator.Slow, Probability: 0.5, DelayMilliseconds: 500},
	{Kind: gcmemulator.Hanging, Probability: 0.05},
	{Kind: gcmemulator.Throttled, Probability: 0.5},
	{Kind: gcmemulator.HalfApplied, Probability: 0.1},
	{Kind: gcmemulator.LostAnswer, Probability: 0.1},
	{Kind: gcmemulator.Internal, Probability: 0.3},
	{Kind: gcmemulator.RefuseMatching, Match: "web-7"},
}

// A load is what a process needs at one moment.
type load struct{ memory, goroutines int }

// TestSoak exports 20,000 series to a Google in trouble, and fails where memory or
// goroutines grow. The log and the API are not those of a real Prometheus, which would need
// more of the machine than the exporter.
func TestSoak(t *testing.T) {
	r, log := soakRig(t)
	exporter := r.startExporter("--max-series=0", "--min-period=9s", `--include={__name__=~"load_.*"}`)
	r.awaitExporter()
	random := rand.New(rand.NewPCG(1, 2))
	ticker := time.NewTicker(soakInterval / soakTargets)
	defer ticker.Stop()
	var loads []load
	for i, end := 0, time.Now().Add(*soakFor); time.Now().Before(end); i++ {
		select {
		case <-exporter.Ended():
			t.Fatal(exporter.Failure())
		case now := <-ticker.C:
			if err := log.Scrape(i%soakTargets, now); err != nil {
				t.Fatal(err)
			}
		}
		if i%soakTargets == 0 {
			r.trouble(random)
		}
		if i%20 == 0 {
			loads = append(loads, load{residentMemory(t, exporter.PID()), r.goroutines()})
		}
	}
	checkFlat(t, loads)
	if err := r.emulator.SetFaults(); err != nil {
		t.Fatal(err)
	}
	r.await("the queue is empty", 3*time.Minute, func() bool { return r.queue() == 0 })
	t.Logf("the emulator: %+v", r.emulator.Counts())
	if accepted, scraped := r.emulator.Counts().Accepted, soakSeries*len(loads)*20; accepted < scraped/2 {
		t.Errorf("%d points were accepted of %d samples", accepted, scraped)
	}
}

// soakRig is a rig without a Prometheus: the log is written here.
func soakRig(t *testing.T) (*rig, *scrapelog.Log) {
	t.Helper()
	if testing.Short() {
		t.Skip("-short builds no programs")
	}
	paths, err := built()
	if err != nil {
		t.Fatal(err)
	}
	r := &rig{t: t, paths: paths, folder: t.TempDir(), emulator: gcmemulator.New(gcmemulator.Options{MaxPoints: 200_000}), status: processtest.FreeAddress(t)}
	t.Cleanup(r.tellLogs)
	r.serveGoogle()
	log, err := scrapelog.Create(r.path("data/wal"), scrapelog.Options{Type: model.MetricTypeCounter, Targets: soakTargets, Series: soakSeries})
	if err != nil {
		t.Fatal(err)
	}
	api := httptest.NewServer(log)
	t.Cleanup(func() {
		api.Close()
		if err := log.Close(); err != nil {
			t.Error(err)
		}
	})
	r.flags = []string{
		"--stackdriver.project-id=p", "--stackdriver.kubernetes.location=europe-west4", "--stackdriver.kubernetes.cluster-name=c",
		"--stackdriver.api-address=http://" + r.google + "/?auth=false", "--prometheus.api-address=" + api.URL,
		"--prometheus.wal-directory=" + r.path("data/wal"), "--web.enable-pprof",
	}
	return r, log
}

// trouble lets something else go wrong, or nothing.
func (r *rig) trouble(random *rand.Rand) {
	r.t.Helper()
	var faults []gcmemulator.Fault
	if random.IntN(2) == 0 {
		faults = append(faults, troubles[random.IntN(len(troubles))])
	}
	if err := r.emulator.SetFaults(faults...); err != nil {
		r.t.Fatal(err)
	}
}

// residentMemory is that of a process, in MiB.
func residentMemory(t *testing.T, pid int) int {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("/proc", fmt.Sprint(pid), "statm"))
	if err != nil {
		t.Fatal(err)
	}
	var size, resident int
	if _, err := fmt.Sscan(string(text), &size, &resident); err != nil {
		t.Fatal(err)
	}
	return resident * os.Getpagesize() >> 20
}

// goroutines is how many the exporter has.
func (r *rig) goroutines() int {
	r.t.Helper()
	response, err := http.Get("http://" + r.status + "/debug/pprof/goroutine?debug=1")
	if err != nil {
		r.t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		r.t.Fatal(err)
	}
	var total int
	if _, err := fmt.Sscanf(strings.TrimSpace(string(text)), "goroutine profile: total %d", &total); err != nil {
		r.t.Fatalf("%s: %v", text, err)
	}
	return total
}

// queue is how many points wait for Google.
func (r *rig) queue() int {
	r.t.Helper()
	var status struct{ Google struct{ Queue int } }
	if err := get(r.t.Context(), "http://"+r.status+"/statusz.json", &status); err != nil {
		r.t.Fatal(err)
	}
	return status.Google.Queue
}

// checkFlat compares the last third with the one before: the first is that of the start.
// Memory has room for a copy of the state, which is made each minute, and for a full queue.
func checkFlat(t *testing.T, loads []load) {
	t.Helper()
	third := len(loads) / 3
	before, last := most(loads[third:2*third]), most(loads[2*third:])
	t.Logf("at most, in the thirds of %s: %+v, %+v, %+v (MiB, goroutines)", *soakFor, most(loads[:third]), before, last)
	if last.memory > before.memory*3/2+64 {
		t.Errorf("resident memory has grown from %d MiB to %d MiB", before.memory, last.memory)
	}
	if last.goroutines > before.goroutines+50 {
		t.Errorf("goroutines have grown from %d to %d", before.goroutines, last.goroutines)
	}
}

func most(loads []load) load {
	var m load
	for _, l := range loads {
		m = load{max(m.memory, l.memory), max(m.goroutines, l.goroutines)}
	}
	return m
}
