package podspec

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"mvdan.cc/sh/v3/syntax"

	"github.com/linkerd-gcm/linkerd-gcm/source"
)

// maxScript is the length in bytes of the longest script that is read: the parser calls
// itself for each bracket, and a script may be all brackets.
const maxScript = 16 << 10

var shells = []string{"sh", "bash", "ash", "dash", "ksh", "mksh", "zsh"}

// script is what a shell is to run, with the words that the script knows as $0, $1 and so on.
type script struct {
	Word
	params []Word
	// shifted says that the script itself changes them.
	shifted bool
}

// shellScript returns the script that words give to a shell with its option -c. An image
// whose entry point is a shell gets the option as the first word.
func shellScript(words []Word) (script, bool) {
	const withCommand = "-c"
	begin := slices.IndexFunc(words, func(w Word) bool { return slices.Contains(shells, path.Base(w.Text)) })
	switch {
	case begin >= 0 && !slices.ContainsFunc(words[:begin], func(w Word) bool { return isLongFlag(w.Text) }):
		begin++
	case len(words) > 1 && words[0].Text == withCommand:
		begin = 0
	default:
		return script{}, false
	}
	asked := false
	for begin < len(words) {
		option := words[begin].Text
		if len(option) < 2 || option[0] != '-' && option[0] != '+' {
			break
		}
		begin++
		if option == "--" {
			break
		}
		if strings.HasPrefix(option, "--") {
			continue
		}
		asked = asked || option[0] == '-' && strings.Contains(option, "c")
		begin += strings.Count(strings.ToLower(option), "o") // each has a name after it: -o pipefail
	}
	if !asked || begin >= len(words) {
		return script{}, false
	}
	return script{Word: words[begin], params: words[begin+1:]}, true
}

// inScript finds the one command of a script that starts the program.
func (p Program) inScript(s script) (CommandLine, bool) {
	if len(s.Text) > maxScript {
		return CommandLine{Unread: fmt.Sprintf("its script has more than %d KiB", maxScript>>10)}, p.mentions(s.Text)
	}
	file, err := syntax.NewParser().Parse(strings.NewReader(s.Text), "")
	if err != nil {
		return CommandLine{Unread: fmt.Sprintf("its script cannot be read: %v", err)}, p.mentions(s.Text)
	}
	var lines []CommandLine
	for _, words := range s.commands(file) {
		if args, found := p.split(words, true); found {
			lines = append(lines, CommandLine{Args: args})
		}
	}
	switch {
	case len(lines) == 0:
		return CommandLine{Unread: "its script starts it in no way that is known here"}, p.mentions(s.Text)
	case len(lines) > 1:
		return CommandLine{Unread: fmt.Sprintf("its script has %d commands that start it", len(lines))}, true
	}
	line := lines[0]
	if i := slices.IndexFunc(line.Args, func(w Word) bool { return w.splits }); i >= 0 {
		line.Unread = fmt.Sprintf("only the running shell knows what %s stands for", line.Args[i].Text)
	}
	return line, true
}

// mentions reports whether a text has a name or a flag of the program in it.
func (p Program) mentions(text string) bool {
	return slices.ContainsFunc(slices.Concat(p.Names, p.Flags), func(word string) bool { return strings.Contains(text, word) })
}

// commands returns the words of all simple commands in a script, in their order.
func (s script) commands(file *syntax.File) [][]Word {
	var calls []*syntax.CallExpr
	syntax.Walk(file, func(node syntax.Node) bool {
		if call, is := node.(*syntax.CallExpr); is && len(call.Args) > 0 {
			calls = append(calls, call)
		}
		_, inner := node.(*syntax.CmdSubst)
		return !inner
	})
	s.shifted = slices.ContainsFunc(calls, changesParams)
	all := make([][]Word, 0, len(calls))
	for _, call := range calls {
		var words []Word
		for _, word := range call.Args {
			words = append(words, s.words(word)...)
		}
		all = append(all, words)
	}
	return all
}

// changesParams reports whether after a command $1 may be another word than before.
func changesParams(call *syntax.CallExpr) bool {
	switch call.Args[0].Lit() {
	case "shift":
		return true
	case "set":
		return slices.ContainsFunc(call.Args[1:], func(w *syntax.Word) bool { return w.Lit() == "--" || w.Lit() == "-" })
	}
	return false
}

// param is a word that is nothing but a parameter of the script.
var param = regexp.MustCompile(`^(?:"?\$\{?([@0-9])\}?"?|\$\{?(\*)\}?)$`)

// words returns what the shell makes of one word: itself without quotes or, for "$@" and
// the like, the words that the script was given.
func (s script) words(word *syntax.Word) []Word {
	begin := int(word.Pos().Offset())
	if match := param.FindStringSubmatch(s.Text[begin:word.End().Offset()]); match != nil && !s.shifted {
		i, err := strconv.Atoi(match[1])
		switch {
		case err == nil && i < len(s.params):
			return s.params[i : i+1]
		case err != nil:
			return s.params[min(1, len(s.params)):]
		}
	}
	r := reader{text: s.Text, offsets: []int{}}
	r.parts(word.Parts, false)
	read := Word{
		Text:    string(r.word),
		Place:   Place{s.Field, source.PositionIn(s.Text, begin)},
		Unknown: r.unknown,
		splits:  r.splits,
		script:  s.Text,
		offsets: r.offsets,
	}
	return []Word{read.From(0)}
}

// reader removes the quotes of a word, and remembers where each byte of it stands.
type reader struct {
	text            string
	word            []byte
	offsets         []int
	unknown, splits bool
}

func (r *reader) parts(parts []syntax.WordPart, quoted bool) {
	for _, part := range parts {
		begin, end := int(part.Pos().Offset()), int(part.End().Offset())
		switch part := part.(type) {
		case *syntax.Lit:
			r.literal(begin, end, quoted)
		case *syntax.SglQuoted:
			r.unknown = r.unknown || part.Dollar
			r.verbatim(int(part.Left.Offset())+1+dollar(part.Dollar), int(part.Right.Offset()))
		case *syntax.DblQuoted:
			r.parts(part.Parts, true)
		default:
			r.unknown, r.splits = true, r.splits || !quoted && len(parts) == 1
			r.verbatim(begin, end)
		}
	}
}

// dollar is the length of the $ before quotes.
func dollar(is bool) int {
	if is {
		return 1
	}
	return 0
}

func (r *reader) verbatim(begin, end int) {
	for i := begin; i < end && i < len(r.text); i++ {
		r.word, r.offsets = append(r.word, r.text[i]), append(r.offsets, i)
	}
}

// literal reads text with backslashes, which between double quotes escape only some
// characters (POSIX.1, Shell Command Language, 2.2.3).
func (r *reader) literal(begin, end int, quoted bool) {
	for i := begin; i < end; i++ {
		if r.text[i] == '\\' && i+1 < end && (!quoted || strings.IndexByte("$`\"\\\n", r.text[i+1]) >= 0) {
			i++
			if r.text[i] == '\n' {
				continue
			}
		}
		r.verbatim(i, i+1)
	}
}
