package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/prometheus/common/promlog"
	promlogflag "github.com/prometheus/common/promlog/flag"
	"gopkg.in/alecthomas/kingpin.v2"
)

// newApplication returns the command line of the sidecar: the same flags of the same kinds as
// in cmd/stackdriver-prometheus-sidecar/main.go.
func newApplication() *kingpin.Application {
	app := kingpin.New("stackdriver-prometheus-sidecar", "")
	app.Version("0.10.1")
	app.HelpFlag.Short('h')
	for _, name := range []string{
		"config-file", "stackdriver.kubernetes.location", "stackdriver.kubernetes.cluster-name", "stackdriver.generic.location",
		"stackdriver.generic.namespace", "stackdriver.metrics-prefix", "stackdriver.store-in-files-directory",
	} {
		app.Flag(name, "").String()
	}
	app.Flag("stackdriver.project-id", "").Required().String()
	app.Flag("stackdriver.api-address", "").Default("https://monitoring.googleapis.com:443/").URL()
	app.Flag("stackdriver.use-restricted-ips", "").Default("false").Bool()
	app.Flag("stackdriver.use-gke-resource", "").Default("false").Bool()
	app.Flag("prometheus.wal-directory", "").Default("data/wal").String()
	app.Flag("prometheus.api-address", "").Default("http://127.0.0.1:9090/").URL()
	app.Flag("monitoring.backend", "").Default("prometheus").Enums("prometheus", "stackdriver")
	app.Flag("web.listen-address", "").Default("0.0.0.0:9091").String()
	app.Flag("web.enable-statusz", "").Default("true").Bool()
	app.Flag("include", "").Strings()
	app.Flag("filter", "").Strings()
	promlogflag.AddFlags(app, &promlog.Config{})
	return app
}

// ended is the status with which kingpin ends the program.
type ended int

// flagsVerdict returns "accept" and the flags in their order, each as name=value, "exit" and
// the status with which the program would end, or "reject" and the error, separated by tabs.
// The words are a list in JSON.
func flagsVerdict(text []byte) (verdict string) {
	var words []string
	if err := json.Unmarshal(text, &words); err != nil {
		return "reject\tnot a list of words: " + err.Error()
	}
	nowhere, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		return "reject\t" + err.Error()
	}
	stdout := os.Stdout
	os.Stdout = nowhere // kingpin writes help and completions there
	defer func() {
		os.Stdout = stdout
		nowhere.Close()
		if status, is := recover().(ended); is {
			verdict = fmt.Sprintf("exit\t%d", int(status))
		}
	}()
	app := newApplication()
	app.UsageWriter(io.Discard)
	app.ErrorWriter(io.Discard)
	app.Terminate(func(status int) { panic(ended(status)) })
	if _, err := app.Parse(words); err != nil {
		return "reject\t" + strconv.Quote(err.Error())
	}
	parsed, err := newApplication().ParseContext(words)
	if err != nil {
		return "reject\t" + strconv.Quote(err.Error())
	}
	columns := []string{"accept"}
	for _, element := range parsed.Elements {
		if flag, is := element.Clause.(*kingpin.FlagClause); is {
			columns = append(columns, strconv.Quote(flag.Model().Name+"="+*element.Value))
		}
	}
	return strings.Join(columns, "\t")
}

// updateFlags rewrites the verdicts in flags.golden: in each line that is not a comment, the
// first column is a list of words in JSON, and the rest is the verdict.
func updateFlags(folder string) error {
	path := filepath.Join(folder, "flags.golden")
	golden, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("reading the command lines: %w", err)
	}
	lines := strings.Split(string(golden), "\n")
	for i, line := range lines {
		words, _, _ := strings.Cut(line, "\t")
		if words != "" && !strings.HasPrefix(words, "#") {
			lines[i] = words + "\t" + flagsVerdict([]byte(words))
		}
	}
	return os.WriteFile(path, []byte(strings.Join(lines, "\n")), 0o644)
}
