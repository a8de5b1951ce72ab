package programs

import (
	"io"
	"regexp"
	"strings"
	"testing"
	"time"
)

func TestNoProgramLooksLikeAnExtensionOfLinkerd(t *testing.T) {
	for name := range table {
		if strings.HasPrefix(name, "linkerd-") {
			t.Errorf("linkerd check would run %s", name)
		}
	}
}

func TestALongBuildSaysForHowLongItRuns(t *testing.T) {
	reader, writer := io.Pipe()
	end := report(writer, "step 2 of 3", time.Millisecond)
	buffer := make([]byte, 200)
	n, err := reader.Read(buffer)
	if want := regexp.MustCompile(`^step 2 of 3: still building, after \d+s\n$`); err != nil || !want.Match(buffer[:n]) {
		t.Errorf("it says %q, %v", buffer[:n], err)
	}
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
