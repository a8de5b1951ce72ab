// Package oracle asks a reference program, such as Prometheus' own reader, what
// it makes of a text, so that tests can compare. The program runs once and
// answers any number of questions.
package oracle

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

// Oracle is a running program that reads questions from its standard input and
// writes an answer to each to its standard output. Either is framed by its
// length in bytes, a big-endian uint32. It may be used by several goroutines.
type Oracle struct {
	path      string
	mutex     sync.Mutex
	questions io.Writer
	answers   *bufio.Reader
}

// Start starts a program, which ends with the test. What goes wrong fails the test.
func Start(t testing.TB, path string, args ...string) *Oracle {
	t.Helper()
	// Cleanup, not the end of the context, stops it: it must read the end of its input.
	program := exec.CommandContext(context.WithoutCancel(t.Context()), path, args...)
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
		t.Fatalf("starting %s: %v", path, err)
	}
	t.Cleanup(func() {
		questions.Close()
		if err := program.Wait(); err != nil {
			t.Errorf("%s: %v", path, err)
		}
	})
	return &Oracle{path: path, questions: questions, answers: bufio.NewReader(answers)}
}

// Named starts the program whose path is in an environment variable, or returns
// nil where that is not set: the test then has to do without.
func Named(t testing.TB, variable string, args ...string) *Oracle {
	t.Helper()
	path := os.Getenv(variable)
	if path == "" {
		t.Logf("%s is not set: its program is not asked", variable)
		return nil
	}
	return Start(t, path, args...)
}

// Ask returns the answer to one question.
func (o *Oracle) Ask(t testing.TB, question []byte) string {
	t.Helper()
	o.mutex.Lock()
	defer o.mutex.Unlock()
	framed := append(binary.BigEndian.AppendUint32(nil, uint32(len(question))), question...)
	if _, err := o.questions.Write(framed); err != nil {
		t.Fatalf("asking %s about %q: %v", o.path, question, err)
	}
	var length uint32
	if err := binary.Read(o.answers, binary.BigEndian, &length); err != nil {
		t.Fatalf("no answer of %s about %q: %v", o.path, question, err)
	}
	answer := make([]byte, length)
	if _, err := io.ReadFull(o.answers, answer); err != nil {
		t.Fatalf("half an answer of %s about %q: %v", o.path, question, err)
	}
	return string(answer)
}
