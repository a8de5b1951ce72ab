// Program selectors2019 parses selectors, configuration files and command lines exactly like
// stackdriver-prometheus-sidecar 0.10.1: it links the versions of the PromQL parser, of the
// YAML decoder and of the flag parser that the sidecar's go.mod pins. It has a module of its
// own because a module cannot have those versions and today's.
//
//	selectors2019 -update ../../stackdriver/testdata
//
// rewrites the verdicts in the golden files of package stackdriver's tests. To add a
// case, add its input to a golden file and run this.
//
//	selectors2019 -serve selectors|configs|flags
//
// answers questions: each is a four-byte big-endian length and that many bytes, and so is
// each answer. The fuzz tests of package stackdriver use it.
package main

import (
	"bufio"
	"encoding/binary"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
)

func main() {
	update := flag.String("update", "", "folder with the golden files to rewrite")
	serve := flag.String("serve", "", "what to answer on stdin: selectors, configs or flags")
	flag.Parse()
	if err := run(*update, *serve); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// oracles are the questions that the program can answer.
var oracles = map[string]func(question []byte) string{
	"selectors": func(question []byte) string { return selectorVerdict(string(question)) },
	"configs":   configVerdict,
	"flags":     flagsVerdict,
}

func run(update, serve string) error {
	if update != "" {
		if err := updateSelectors(update); err != nil {
			return err
		}
		if err := updateFlags(update); err != nil {
			return err
		}
		return updateConfigs(update)
	}
	oracle, known := oracles[serve]
	if !known {
		return errors.New("give -update FOLDER, or -serve selectors, configs or flags")
	}
	return answer(os.Stdin, os.Stdout, oracle)
}

// answer answers questions until the input ends.
func answer(questions io.Reader, answers io.Writer, oracle func([]byte) string) error {
	in, out := bufio.NewReader(questions), bufio.NewWriter(answers)
	for {
		var length uint32
		if err := binary.Read(in, binary.BigEndian, &length); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return fmt.Errorf("reading the length of a question: %w", err)
		}
		question := make([]byte, length)
		if _, err := io.ReadFull(in, question); err != nil {
			return fmt.Errorf("reading a question of %d bytes: %w", length, err)
		}
		text := oracle(question)
		if err := binary.Write(out, binary.BigEndian, uint32(len(text))); err != nil {
			return fmt.Errorf("writing an answer: %w", err)
		}
		if _, err := out.WriteString(text); err != nil {
			return fmt.Errorf("writing an answer: %w", err)
		}
		if err := out.Flush(); err != nil {
			return fmt.Errorf("writing an answer: %w", err)
		}
	}
}
