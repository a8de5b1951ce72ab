// Program rulefmt returns the same errors as Prometheus 2.55.1 when it loads a rules
// file: it links Prometheus' own reader and the library versions of its release. promtool
// returns the same errors, but has to be started for each file, which is too slow for
// fuzzing.
//
// It answers questions from standard input: each is a four-byte big-endian length and
// that many bytes, the file, and so is each answer: the errors, one below the other, or
// nothing where the file is accepted.
package main

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/prometheus/prometheus/model/rulefmt"
)

func main() {
	if err := answer(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// maxQuestion is larger than any file of the fuzz tests.
const maxQuestion = 16 << 20

// answer answers questions until the input ends.
func answer(questions io.Reader, answers io.Writer) error {
	in, out := bufio.NewReader(questions), bufio.NewWriter(answers)
	for {
		var length uint32
		if err := binary.Read(in, binary.BigEndian, &length); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return fmt.Errorf("reading the length of a question: %w", err)
		}
		if length > maxQuestion {
			return fmt.Errorf("a question of %d bytes; at most %d are read", length, maxQuestion)
		}
		question := make([]byte, length)
		if _, err := io.ReadFull(in, question); err != nil {
			return fmt.Errorf("reading a question of %d bytes: %w", length, err)
		}
		text := verdict(question)
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

// verdict returns the errors with which Prometheus rejects the file.
func verdict(file []byte) string {
	var lines []string
	_, errs := rulefmt.Parse(file)
	for _, err := range errs {
		lines = append(lines, err.Error())
	}
	return strings.Join(lines, "\n")
}
