package podspec

import (
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/linkerd-gcm/linkerd-gcm/source"
)

// A Place is where a piece of a container's command line stands.
type Place struct {
	// Field is the text that holds it, as a path in the container: args[3].
	Field string
	// Position is where it begins in that text, which may be the script of a shell.
	Position source.Position
}

// A Word is one word of a command line, as the program gets it.
type Word struct {
	Text string
	Place
	// Rewritten says that a shell makes the word of other characters than stand there, so
	// that places in the word are not places in the field.
	Rewritten bool
	// Unknown says that a part of the word is known only to the kubelet or to the running
	// shell. The word then has that part as it is written, such as $(NAME).
	Unknown bool

	// splits says that the unknown part may be any number of words.
	splits bool
	// script and offsets say where in a script each byte of the word stands; offsets are
	// nil where the word is all of its field.
	script  string
	offsets []int
}

// From returns the end of the word, from a byte on.
func (w Word) From(begin int) Word {
	part := w
	part.Text = w.Text[begin:]
	if w.offsets == nil {
		part.Position = source.PositionIn(w.Text, begin)
		return part
	}
	part.offsets = w.offsets[begin:]
	if len(part.offsets) > 0 {
		part.Position = source.PositionIn(w.script, part.offsets[0])
	}
	part.Rewritten = false
	for i, offset := range part.offsets {
		part.Rewritten = part.Rewritten || offset != part.offsets[0]+i
	}
	return part
}

// A CommandLine is how a container starts a program.
type CommandLine struct {
	// Args are the words after the program, as far as they are known.
	Args []Word
	// Unread says why Args may not be all words, or none of them; it is "" where they are all.
	Unread string
}

// A Program is what a container may run.
type Program struct {
	// Names are the names of its file.
	Names []string
	// Flags are flags that only this program has, each with its dashes.
	Flags []string
}

// Find returns how a container starts the program: in its command and args, or in the
// script that a shell gets with them. It returns false where neither names the program or
// has one of its flags.
func (p Program) Find(c *corev1.Container) (CommandLine, bool) {
	words := Args(c)
	if script, isShell := shellScript(words); isShell {
		return p.inScript(script)
	}
	args, found := p.split(words, len(c.Command) > 0)
	return CommandLine{Args: args}, found
}

// Args returns the words of a container's command and args, which the kubelet gives to the
// program as they are, apart from $(NAME). Where the image says which program to start,
// they are its arguments.
func Args(c *corev1.Container) []Word {
	words := make([]Word, 0, len(c.Command)+len(c.Args))
	for _, list := range []struct {
		field string
		texts []string
	}{{"command", c.Command}, {"args", c.Args}} {
		for i, text := range list.texts {
			words = append(words, Word{
				Text:    text,
				Place:   Place{list.field + "[" + strconv.Itoa(i) + "]", source.Start},
				Unknown: strings.Contains(strings.ReplaceAll(text, "$$", ""), "$("),
			})
		}
	}
	return words
}

// starter matches words before a program that start it: other programs, their flags, and
// variables.
var starter = regexp.MustCompile(`^(?:(?:.*/)?(?:exec|command|env|nice|nohup|setsid|tini|dumb-init)|-.*|\w+=.*)$`)

// split returns the words that the program gets as its arguments. Other programs may be
// named before it, such as tini or env, each with its own short flags. Where nothing has
// one of the program's names, it begins with the last path before the first long flag, or
// is the first word if withCommand says that the words have the program at all.
func (p Program) split(words []Word, withCommand bool) (args []Word, found bool) {
	flags := slices.IndexFunc(words, func(w Word) bool { return isLongFlag(w.Text) })
	if flags < 0 {
		flags = len(words)
	}
	for i, w := range words[:flags] {
		if !strings.HasPrefix(w.Text, "-") && slices.Contains(p.Names, path.Base(w.Text)) {
			return words[i+1:], true
		}
	}
	if !slices.ContainsFunc(words, func(w Word) bool { return p.hasFlag(w.Text) }) {
		return nil, false
	}
	begin := 0
	if withCommand {
		begin = min(flags, 1+slices.IndexFunc(words, func(w Word) bool { return !starter.MatchString(w.Text) }))
	}
	for i, w := range words[:flags] {
		if strings.Contains(w.Text, "/") && !strings.HasPrefix(w.Text, "-") {
			begin = i + 1
		}
	}
	return words[begin:], true
}

func (p Program) hasFlag(word string) bool {
	name, _, _ := strings.Cut(word, "=")
	return slices.Contains(p.Flags, name)
}

func isLongFlag(word string) bool { return strings.HasPrefix(word, "--") && word != "--" }

// IsImage reports whether an image has one of the program's names, in whatever registry and
// with whatever tag.
func (p Program) IsImage(image string) bool {
	name, _, _ := strings.Cut(path.Base(image), "@")
	name, _, _ = strings.Cut(name, ":")
	return slices.Contains(p.Names, name)
}
