package rules

import (
	"bufio"
	"context"
	"encoding/binary"
	"io"
	"os"
	"os/exec"
	"sync"
	"testing"
)

// oracleVariable names the environment variable with the path of the program
// that e2e/prometheus/rulefmt builds. With it, the fuzz test also asks Prometheus'
// own reader, built as Prometheus 2.55.1 is; without it, the test checks what
// must hold for any input.
//
//	go build -C e2e/prometheus -o "$PWD/rulefmt" ./rulefmt
//	RULEFMT=$PWD/rulefmt go test -fuzz FuzzParse ./rules
const oracleVariable = "RULEFMT"

// oracle is a running program that answers as Prometheus would.
type oracle struct {
	mutex     sync.Mutex
	questions io.Writer
	answers   *bufio.Reader
}

// startOracle starts the program, or returns nil where none is given.
func startOracle(t testing.TB) *oracle {
	t.Helper()
	path := os.Getenv(oracleVariable)
	if path == "" {
		t.Logf("%s is not set: Prometheus' own reader is not asked", oracleVariable)
		return nil
	}
	// Cleanup, not the end of the context, stops it: it must read the end of its input.
	program := exec.CommandContext(context.WithoutCancel(t.Context()), path)
	program.Stderr = os.Stderr
	questions, err := program.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	answers, err := program.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := program.Start(); err != nil {
		t.Fatalf("starting the program that %s names: %v", oracleVariable, err)
	}
	t.Cleanup(func() {
		questions.Close()
		if err := program.Wait(); err != nil {
			t.Errorf("the program that %s names: %v", oracleVariable, err)
		}
	})
	return &oracle{questions: questions, answers: bufio.NewReader(answers)}
}

// ask sends a file and returns the errors that Prometheus has of it.
func (o *oracle) ask(t testing.TB, file []byte) string {
	t.Helper()
	o.mutex.Lock()
	defer o.mutex.Unlock()
	framed := append(binary.BigEndian.AppendUint32(nil, uint32(len(file))), file...)
	if _, err := o.questions.Write(framed); err != nil {
		t.Fatalf("asking about %q: %v", file, err)
	}
	var length uint32
	if err := binary.Read(o.answers, binary.BigEndian, &length); err != nil {
		t.Fatalf("no answer about %q: %v", file, err)
	}
	answer := make([]byte, length)
	if _, err := io.ReadFull(o.answers, answer); err != nil {
		t.Fatalf("half an answer about %q: %v", file, err)
	}
	return string(answer)
}
