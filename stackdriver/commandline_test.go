package stackdriver

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	corev1 "k8s.io/api/core/v1"

	"github.com/linkerd-gcm/linkerd-gcm/internal/oracle"
	"github.com/linkerd-gcm/linkerd-gcm/podspec"
)

// phases are the kinds of problems in the order in which kingpin looks for them.
var phases = [][]FlagProblemKind{{UnknownFlag, MissingValue, NotAFlag, UnwantedValue}, {RepeatedFlag, InvalidValue}}

// errorOf says how kingpin's error for a problem begins.
var errorOf = map[FlagProblemKind][]string{
	UnknownFlag:   {"unknown long flag ", "unknown short flag "},
	MissingValue:  {"expected argument for flag "},
	NotAFlag:      {"unexpected "},
	UnwantedValue: {"unexpected "},
	RepeatedFlag:  {"flag '"},
	InvalidValue:  {"unrecognized log ", "enum value must be one of ", "invalid URL: "},
}

// agrees compares what we make of words with the verdict of e2e/selectors2019.
func agrees(t *testing.T, words []string, verdict string) {
	t.Helper()
	a := ParseArguments(podspec.Args(&corev1.Container{Args: words}))
	kind, rest, _ := strings.Cut(verdict, "\t")
	ends := slices.ContainsFunc(a.Problems, func(p FlagProblem) bool { return p.Kind == EndingFlag })
	_, hasProject := a.Flags.Find(ProjectFlag)
	switch {
	case kind == "accept":
		ours := []string{"accept"}
		for _, flag := range a.Flags {
			ours = append(ours, strconv.Quote(assignment(flag)))
		}
		if got := strings.Join(ours, "\t"); got != verdict || len(a.Problems) > 0 {
			t.Errorf("%q:\nours:    %s, %v\nsidecar: %s", words, got, a.Problems, verdict)
		}
	case kind == "exit" || ends:
		if !ends && len(a.Problems) == 0 {
			t.Errorf("%q: no problem; the sidecar: %s", words, verdict)
		}
	case len(a.Problems) == 0:
		if hasProject || !strings.Contains(rest, "required flag") {
			t.Errorf("%q: no problem; the sidecar: %s", words, verdict)
		}
	default:
		text, err := strconv.Unquote(rest)
		if err != nil {
			t.Fatal(err)
		}
		first := firstProblem(a.Problems)
		if !slices.ContainsFunc(errorOf[first.Kind], func(begin string) bool { return strings.HasPrefix(text, begin) }) {
			t.Errorf("%q: %+v; the sidecar: %s", words, first, verdict)
		}
	}
}

// firstProblem returns the one that kingpin reports.
func firstProblem(problems []FlagProblem) FlagProblem {
	for _, phase := range phases {
		if i := slices.IndexFunc(problems, func(p FlagProblem) bool { return slices.Contains(phase, p.Kind) }); i >= 0 {
			return problems[i]
		}
	}
	return problems[0]
}

// assignment is a flag with its value, as kingpin has it.
func assignment(flag podspec.Flag) string {
	row, name, _ := lookupFlag(flag.Name[2:], nil)
	if row.kind == switchFlag {
		return fmt.Sprintf("%s=%v", name, flag.Name[2:] == name)
	}
	return name + "=" + flag.Value.Text
}

type goldenFlags struct {
	words   []string
	verdict string
}

func readGoldenFlags(t testing.TB) []goldenFlags {
	t.Helper()
	text, err := os.ReadFile("testdata/flags.golden")
	if err != nil {
		t.Fatal(err)
	}
	var all []goldenFlags
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSuffix(line, "\n")
		if line == "" || line[0] == '#' {
			continue
		}
		var one goldenFlags
		words, verdict, found := strings.Cut(line, "\t")
		if err := json.Unmarshal([]byte(words), &one.words); err != nil || !found {
			t.Fatalf("%s: run e2e/selectors2019 to make the verdict: %v", line, err)
		}
		one.verdict = verdict
		all = append(all, one)
	}
	if len(all) < 80 {
		t.Fatalf("%d command lines", len(all))
	}
	return all
}

func TestCommandLinesAreReadAsTheSidecarReadsThem(t *testing.T) {
	for _, golden := range readGoldenFlags(t) {
		agrees(t, golden.words, golden.verdict)
	}
}

// FuzzParseArguments compares with kingpin; words are separated by zero bytes.
func FuzzParseArguments(f *testing.F) {
	for _, golden := range readGoldenFlags(f) {
		f.Add(strings.Join(golden.words, "\x00"))
	}
	real := oracle.Named(f, selectors2019Variable, "-serve", "flags")
	f.Fuzz(func(t *testing.T, text string) {
		words := strings.Split(text, "\x00")
		a := ParseArguments(podspec.Args(&corev1.Container{Args: words}))
		for _, p := range a.Problems {
			if p.Message == "" || p.Fix == "" || p.Word.Field == "" || p.Word.Position.Line < 1 {
				t.Errorf("%q: %+v", words, p)
			}
		}
		unknown := slices.ContainsFunc(words, func(w string) bool {
			return strings.HasPrefix(w, "@") || strings.Contains(w, "$(") || strings.Contains(w, "--no-completion-bash")
		})
		if real == nil || unknown || !utf8.ValidString(text) {
			return
		}
		question, err := json.Marshal(words)
		if err != nil {
			t.Fatal(err)
		}
		agrees(t, words, real.Ask(t, question))
	})
}

func TestWhereAndWhyTheSidecarRefusesWords(t *testing.T) {
	for name, test := range map[string]struct {
		words []string
		want  string
	}{
		"a flag":               {[]string{"--inclde=a", "--include=a"}, `args[0]:1:1 --inclde: the sidecar has no flag "--inclde"; did you mean --include?`},
		"a flag and its value": {[]string{"--inclde", "a"}, `args[0]:1:1 --inclde: the sidecar has no flag "--inclde"; did you mean --include?`},
		"a short flag":         {[]string{"-log.level=info"}, `args[0]:1:1 -log.level=info: the sidecar has no flag "-log.level=info"; remove it; long flags begin with two dashes`},
		"a level":              {[]string{"--log.level", "loud"}, `args[1]:1:1 loud: --log.level is "loud": want one of debug, info, warn, error; write debug, info, warn, error, in lower case and without spaces`},
		"a switch":             {[]string{"--no-web.enable-statusz=true"}, `args[0]:1:25 true: --no-web.enable-statusz takes no value: the sidecar does not start; write --web.enable-statusz or --no-web.enable-statusz`},
		"an address":           {[]string{"--prometheus.api-address=127.0.0.1:9090"}, `args[0]:1:26 127.0.0.1:9090: --prometheus.api-address is "127.0.0.1:9090", which is not a URL; write a URL, such as http://127.0.0.1:9090/`},
		"a space":              {[]string{" --log.level=info"}, `args[0]:1:1  --log.level=info: " --log.level=info" begins with a space, so that the sidecar does not take it for a flag, and exits; remove the spaces around it`},
		"a question":           {[]string{"--version"}, `args[0]:1:1 --version: with --version the sidecar prints something, and exits; remove it`},
		"a variable":           {[]string{"$(FLAGS)", "--$(NAME)=a", "--log.level=$(LEVEL)"}, `unread: what "--$(NAME)" stands for is not known`},
		"a file":               {[]string{"@/etc/flags"}, `unread: the sidecar reads more flags from the file "/etc/flags"`},
		"a file for a value":   {[]string{"--include", "@/etc/flags"}, `unread: the sidecar reads more flags from the file "/etc/flags"`},
	} {
		t.Run(name, func(t *testing.T) {
			a := ParseArguments(podspec.Args(&corev1.Container{Args: test.words}))
			var lines []string
			for _, p := range a.Problems {
				lines = append(lines, fmt.Sprintf("%s:%s %s: %s; %s", p.Word.Field, p.Word.Position, p.Word.Text, p.Message, p.Fix))
			}
			if a.Unread != "" {
				lines = append(lines, "unread: "+a.Unread)
			}
			if got := strings.Join(lines, "\n"); got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}
