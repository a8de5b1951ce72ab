// Command prometheus says of rules files what Prometheus 2.55.1 says, for as
// long as it is given any: promtool starts anew for each file, which is too slow
// for fuzzing.
//
// It reads documents from standard input, each preceded by its length in bytes
// as four bytes, the highest first, and answers each with one line of JSON: the
// list of its errors.
package main

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/prometheus/prometheus/model/rulefmt"
)

// maxDocument is more than any document of the fuzz tests.
const maxDocument = 16 << 20

func main() {
	if err := answer(bufio.NewReader(os.Stdin), json.NewEncoder(os.Stdout)); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// answer writes the verdict on each document until there are no more.
func answer(documents io.Reader, verdicts *json.Encoder) error {
	for {
		var length uint32
		err := binary.Read(documents, binary.BigEndian, &length)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("reading the length of a document: %w", err)
		}
		if length > maxDocument {
			return fmt.Errorf("a document of %d bytes; at most %d are read", length, maxDocument)
		}
		document := make([]byte, length)
		if _, err := io.ReadFull(documents, document); err != nil {
			return fmt.Errorf("reading a document of %d bytes: %w", length, err)
		}
		if err := verdicts.Encode(check(document)); err != nil {
			return fmt.Errorf("writing a verdict: %w", err)
		}
	}
}

// check returns the errors for which Prometheus refuses the document.
func check(document []byte) []string {
	messages := []string{}
	_, errs := rulefmt.Parse(document)
	for _, err := range errs {
		messages = append(messages, err.Error())
	}
	return messages
}
