package main

import (
	"bytes"
	"encoding/binary"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

const goldenFolder = "../../stackdriver/testdata"

// TestGoldenFilesAreUpToDate computes every verdict again and compares.
func TestGoldenFilesAreUpToDate(t *testing.T) {
	folder := t.TempDir()
	if err := os.CopyFS(folder, os.DirFS(goldenFolder)); err != nil {
		t.Fatal(err)
	}
	if err := run(folder, ""); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(folder, "configs", "*.golden"))
	if err != nil || len(files) < 50 {
		t.Fatalf("found %d verdicts (error: %v)", len(files), err)
	}
	for _, file := range append(files, filepath.Join(folder, "selectors.golden"), filepath.Join(folder, "flags.golden")) {
		name, err := filepath.Rel(folder, file)
		if err != nil {
			t.Fatal(err)
		}
		fresh, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		kept, err := os.ReadFile(filepath.Join(goldenFolder, name))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(fresh, kept) {
			t.Errorf("%s is out of date: run this program with -update %s", name, goldenFolder)
		}
	}
}

// fuzzTimeVariable names the environment variable with the time that each fuzz test runs,
// such as 10m. Without it, only the seeds run.
const fuzzTimeVariable = "SELECTORS2019_FUZZTIME"

// TestPackageStackdriverAgrees runs the fuzz tests of package stackdriver with this
// program.
func TestPackageStackdriverAgrees(t *testing.T) {
	if testing.Short() {
		t.Skip("-short builds no programs")
	}
	program := filepath.Join(t.TempDir(), "selectors2019")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", program, ".").CombinedOutput(); err != nil {
		t.Fatalf("building this program: %v\n%s", err, out)
	}
	for _, name := range []string{"FuzzParseSelector", "FuzzParseConfig", "FuzzGeneratedConfig", "FuzzParseArguments"} {
		t.Run(name, func(t *testing.T) {
			args := []string{"-C", "../..", "test", "-count=1", "-run", "^" + name + "$", "./stackdriver"}
			if time := os.Getenv(fuzzTimeVariable); time != "" {
				args = append(args, "-fuzz", "^"+name+"$", "-fuzztime", time)
			}
			command := exec.CommandContext(t.Context(), "go", args...)
			command.Env = append(os.Environ(), "SELECTORS2019="+program)
			if out, err := command.CombinedOutput(); err != nil {
				t.Errorf("go %v: %v\n%s", args, err, out)
			}
		})
	}
}

func TestQuestionsAreAnswered(t *testing.T) {
	var questions, answers bytes.Buffer
	for _, question := range []string{"foo", "{}"} {
		questions.Write(binary.BigEndian.AppendUint32(nil, uint32(len(question))))
		questions.WriteString(question)
	}
	if err := answer(&questions, &answers, oracles["selectors"]); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"accept\t__name__=\"foo\"", "reject\t"} {
		length := binary.BigEndian.Uint32(answers.Next(4))
		if got := string(answers.Next(int(length))); len(got) < len(want) || got[:len(want)] != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
