package gobuild

import (
	"bytes"
	"fmt"
	"path"
	"strings"
	"sync"
	"sync/atomic"
)

// progress is what go build -v has said so far: the name of each package when it begins to
// compile it, and each module that it downloads. Packages that are in Go's build cache are
// not named, so that there may be fewer than it is known that there are at most.
type progress struct {
	programs []string
	atMost   atomic.Int64 // 0 if not known

	mu         sync.Mutex
	line       []byte // what has been written of a line
	compiled   int
	latest     string
	downloaded int
	linked     []string // programs whose own package is being compiled: the last
	other      strings.Builder
}

// Write takes in what the go command writes.
func (p *progress) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.line = append(p.line, b...)
	for {
		line, rest, ends := bytes.Cut(p.line, []byte("\n"))
		if !ends {
			return len(b), nil
		}
		p.take(string(line))
		p.line = rest
	}
}

// take takes in a line. Import paths have no spaces, and messages have.
func (p *progress) take(line string) {
	switch {
	case strings.HasPrefix(line, "go: downloading "):
		p.downloaded++
	case line == "" || strings.ContainsAny(line, " \t"):
		p.other.WriteString(line + "\n")
	default:
		p.compiled++
		p.latest = line
		for _, program := range p.programs {
			if strings.HasSuffix(line, strings.TrimPrefix(program, ".")) {
				p.linked = append(p.linked, path.Base(program))
			}
		}
	}
}

// String says how far the build is.
func (p *progress) String() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.compiled == 0 && p.downloaded == 0:
		return "nothing is compiled yet"
	case p.compiled == 0:
		return fmt.Sprintf("%d modules are downloaded, nothing is compiled yet", p.downloaded)
	case len(p.linked) == len(p.programs):
		return fmt.Sprintf("%d packages are compiled, linking %s", p.compiled, strings.Join(p.linked, ", "))
	}
	most := ""
	if n := p.atMost.Load(); n > 0 {
		most = fmt.Sprintf(" of at most %d", n)
	}
	return fmt.Sprintf("compiling package %d%s, %s", p.compiled, most, p.latest)
}

// messages are what else the go command has written.
func (p *progress) messages() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.other.String() + string(p.line)
}
