package gobuild

import (
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

func TestWhatTheGoCommandSaysTellsHowFarItIs(t *testing.T) {
	for name, test := range map[string]struct {
		says   []string
		atMost int64
		want   string
	}{
		"nothing yet":       {want: "nothing is compiled yet"},
		"modules":           {says: []string{"go: downloading k8s.io/api v0.34.4\ngo: downl", "oading k8s.io/utils v0.1.0\n"}, want: "2 modules are downloaded, nothing is compiled yet"},
		"of so many":        {says: []string{"internal/cpu\nk8s.io/api/core/v1\n"}, atMost: 2437, want: "compiling package 2 of at most 2437, k8s.io/api/core/v1"},
		"not counted":       {says: []string{"internal/cpu\nk8s.io/api"}, want: "compiling package 1, internal/cpu"},
		"one is missing":    {says: []string{"example.com/own/cmd/one\n"}, want: "compiling package 1, example.com/own/cmd/one"},
		"all are compiled":  {says: []string{"example.com/own/cmd/one\nexample.com/two/v3\n"}, want: "2 packages are compiled, linking one, v3"},
		"a mistake in code": {says: []string{"example.com/broken\n# example.com/broken\n./a.go:3:5: declared and not used: x\n"}, want: "compiling package 1, example.com/broken"},
	} {
		t.Run(name, func(t *testing.T) {
			p := progress{programs: []string{"./cmd/one", "example.com/two/v3"}}
			p.atMost.Store(test.atMost)
			for _, text := range test.says {
				if n, err := p.Write([]byte(text)); n != len(text) || err != nil {
					t.Fatalf("writing %q gives %d, %v", text, n, err)
				}
			}
			if got := p.String(); got != test.want {
				t.Errorf("it says %q, want %q", got, test.want)
			}
		})
	}
}

func TestALongBuildSaysHowFarItIs(t *testing.T) {
	reader, writer := io.Pipe()
	counted := make(chan struct{})
	end := Build{Step: "step 2 of 3", Log: writer}.report(&progress{programs: []string{"x"}}, time.Millisecond, func() { close(counted) })
	buffer := make([]byte, 200)
	n, err := reader.Read(buffer)
	if want := regexp.MustCompile(`^step 2 of 3: nothing is compiled yet, after \d+s\n$`); err != nil || !want.Match(buffer[:n]) {
		t.Errorf("it says %q, %v", buffer[:n], err)
	}
	<-counted
	rest := make(chan string)
	go func() {
		text, _ := io.ReadAll(reader)
		rest <- string(text)
	}()
	end()
	if err := writer.Close(); err != nil {
		t.Error(err)
	}
	if got := <-rest; !regexp.MustCompile(`step 2 of 3: ended after \d+s\n$`).MatchString(got) {
		t.Errorf("at its end it says %q", got)
	}
}

// builds returns the build of a program with this text, which needs no other package.
func builds(t *testing.T, text string) Build {
	t.Helper()
	folder := t.TempDir()
	for name, content := range map[string]string{"go.mod": "module example.com/program\n", "main.go": text} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return Build{Step: "step 1 of 1", Module: folder, Packages: []string{"."}, Command: []string{"go", "build", "-v", "-o", "made", "."}, Log: t.Output()}
}

func TestABuildMakesTheProgram(t *testing.T) {
	b := builds(t, "package main\n\nfunc main() {}\n")
	if err := b.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(b.Module, "made")); err != nil {
		t.Error(err)
	}
	if n := b.packages(t.Context()); n < 10 {
		t.Errorf("the program has %d packages, want its own and those of the runtime", n)
	}
}

func TestABuildThatFailsSaysWhy(t *testing.T) {
	b := builds(t, "package main\n\nfunc main() { x := 1 }\n")
	err := b.Run(t.Context())
	for _, want := range []string{"go build in " + b.Module, "main.go:3:15: declared and not used: x"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("the error is %v, want it to say %q", err, want)
		}
	}
}
