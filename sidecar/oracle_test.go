package sidecar

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
// that e2e/selectors2019 builds. With it, the fuzz tests also ask the libraries
// that the sidecar links; without it, they check what must hold for any input.
//
//	go build -C e2e/selectors2019 -o "$PWD/selectors2019" .
//	SELECTORS2019=$PWD/selectors2019 go test -fuzz FuzzParseSelector ./sidecar
const oracleVariable = "SELECTORS2019"

// oracle is a running program that answers as the sidecar would.
type oracle struct {
	mutex     sync.Mutex
	questions io.Writer
	answers   *bufio.Reader
}

// startOracle starts the program, or returns nil where none is given.
func startOracle(t testing.TB, kind string) *oracle {
	t.Helper()
	path := os.Getenv(oracleVariable)
	if path == "" {
		t.Logf("%s is not set: the sidecar's own libraries are not asked", oracleVariable)
		return nil
	}
	// Cleanup, not the end of the context, stops it: it must read the end of its input.
	program := exec.CommandContext(context.WithoutCancel(t.Context()), path, "-serve", kind)
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

// ask sends one question and returns the answer.
func (o *oracle) ask(t testing.TB, question []byte) string {
	t.Helper()
	o.mutex.Lock()
	defer o.mutex.Unlock()
	framed := append(binary.BigEndian.AppendUint32(nil, uint32(len(question))), question...)
	if _, err := o.questions.Write(framed); err != nil {
		t.Fatalf("asking about %q: %v", question, err)
	}
	var length uint32
	if err := binary.Read(o.answers, binary.BigEndian, &length); err != nil {
		t.Fatalf("no answer about %q: %v", question, err)
	}
	answer := make([]byte, length)
	if _, err := io.ReadFull(o.answers, answer); err != nil {
		t.Fatalf("half an answer about %q: %v", question, err)
	}
	return string(answer)
}
