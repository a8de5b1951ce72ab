package stackdriver

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/linkerd-gcm/linkerd-gcm/internal/excerpt"
	"github.com/linkerd-gcm/linkerd-gcm/internal/spelling"
	"github.com/linkerd-gcm/linkerd-gcm/podspec"
)

// FlagProblemKind tells apart why the sidecar does not run with its command line.
type FlagProblemKind string

// The kinds. With all but the last, kingpin prints an error and the sidecar exits with
// status 1 or 2; with the last it exits with status 0.
const (
	UnknownFlag   FlagProblemKind = "unknown flag"
	MissingValue  FlagProblemKind = "missing value"
	NotAFlag      FlagProblemKind = "not a flag"
	RepeatedFlag  FlagProblemKind = "repeated flag"
	InvalidValue  FlagProblemKind = "invalid value"
	UnwantedValue FlagProblemKind = "value of a switch"
	EndingFlag    FlagProblemKind = "flag that ends the program"
)

// A FlagProblem is a word with which the sidecar does not run.
type FlagProblem struct {
	Kind FlagProblemKind
	// Word is what is wrong; it has the place.
	Word podspec.Word
	// Message says what is wrong, and Fix what to do.
	Message, Fix string
}

// Arguments are the sidecar's command line, as kingpin 2.2.6 reads it.
type Arguments struct {
	// Flags are the flags with their values, in their order; a switch has no value.
	Flags podspec.Flags
	// Problems are in the order of the words. Behind the first one, kingpin reads no further:
	// the flags there are those that it would read if that word were right.
	Problems []FlagProblem
	// Unread says that there are words whose flags are not known: another file has them, or
	// a variable.
	Unread string
}

// ParseArguments reads the words after the program, which may have more flags than Google's
// sidecar.
func ParseArguments(words []podspec.Word, more ...Flag) Arguments {
	p := argumentParser{words: words, more: more, seen: map[string]bool{}}
	for len(p.words) > 0 {
		p.next()
	}
	return p.Arguments
}

// argumentParser reads words from the left, as the type ParseContext of kingpin does.
type argumentParser struct {
	Arguments
	words []podspec.Word
	more  []Flag
	// argumentsOnly says that all further words are taken for positional arguments.
	argumentsOnly bool
	seen          map[string]bool
}

// next reads the next flag with its value, or what is none.
func (p *argumentParser) next() {
	word := p.words[0]
	p.words = p.words[1:]
	switch text := word.Text; {
	case word.Unknown && !strings.HasPrefix(text, "-"):
		p.Unread = fmt.Sprintf("what %s stands for is not known", show(text))
	case p.argumentsOnly:
		p.positional(word)
	case text == "--":
		p.argumentsOnly = true
	case strings.HasPrefix(text, "--"):
		p.long(word)
	case strings.HasPrefix(text, "-"):
		p.short(word)
	case strings.HasPrefix(text, "@"):
		p.Unread = fmt.Sprintf("the sidecar reads more flags from the file %s", show(text[1:]))
	default:
		p.positional(word)
	}
}

// longestWord is how many characters of a word a message repeats.
const longestWord = 40

func (p *argumentParser) report(kind FlagProblemKind, word podspec.Word, fix, format string, args ...any) {
	p.Problems = append(p.Problems, FlagProblem{kind, word, fmt.Sprintf(format, args...), fix})
}

// show quotes a word for a message.
func show(text string) string { return strconv.Quote(excerpt.Characters(text, longestWord)) }

func (p *argumentParser) long(word podspec.Word) {
	given, _, joined := strings.Cut(word.Text, "=")
	row, name, known := lookupFlag(given[2:], p.more)
	flagWord := word
	flagWord.Text = given
	flag := podspec.Flag{Name: given, At: word.Place, Value: podspec.Word{Place: word.Place}}
	switch {
	case word.Unknown && strings.Contains(given, "$"):
		p.Unread = fmt.Sprintf("what %s stands for is not known", show(given))
		return
	case !known:
		nearest := spelling.Nearest(given, FlagNames(p.more...))
		p.report(UnknownFlag, flagWord, "did you mean "+nearest+"?", "the sidecar has no flag %s", show(given))
		if !joined && len(p.words) > 0 && !strings.HasPrefix(p.words[0].Text, "-") && !strings.HasPrefix(p.words[0].Text, " ") {
			p.words = p.words[1:] // its value, it seems
		}
		return
	case row.isSwitch() && joined:
		p.report(UnwantedValue, word.From(len(given)+1), switchFix(row, name), "%s takes no value: the sidecar does not start", given)
	case row.isSwitch():
	case joined:
		flag.Value = word.From(len(given) + 1)
	default:
		value, found := p.value()
		if !found {
			p.report(MissingValue, flagWord, "write "+given+"=<value>", "%s has no value", given)
			return
		}
		flag.Value = value
	}
	p.add(row, name, flag, flagWord)
}

func switchFix(row flagRow, name string) string {
	if row.kind == endingFlag {
		return "remove it"
	}
	return fmt.Sprintf("write --%s or --%s%s", name, negation, name)
}

// value takes the value that follows a flag; false where another flag does, or nothing.
func (p *argumentParser) value() (podspec.Word, bool) {
	if len(p.words) > 0 && p.words[0].Text == "--" && !p.argumentsOnly {
		p.argumentsOnly = true
		p.words = p.words[1:]
	}
	if len(p.words) == 0 || !p.argumentsOnly && strings.HasPrefix(p.words[0].Text, "-") {
		return podspec.Word{}, false
	}
	value := p.words[0]
	if !p.argumentsOnly && strings.HasPrefix(value.Text, "@") {
		value.Unknown = true // the first line of that file
		p.Unread = fmt.Sprintf("the sidecar reads more flags from the file %s", show(value.Text[1:]))
	}
	p.words = p.words[1:]
	return value, true
}

// short reads letters after one dash. The only short flag is that for help.
func (p *argumentParser) short(word podspec.Word) {
	letters := word.Text[1:]
	for len(letters) > 0 {
		letter, size := utf8.DecodeRuneInString(letters)
		if letter != helpLetter {
			break
		}
		p.add(flagRows["help"], "help", podspec.Flag{Name: "--help", At: word.Place}, word)
		letters = letters[size:]
	}
	if len(letters) > 0 || word.Text == "-" {
		p.report(UnknownFlag, word, "remove it; long flags begin with two dashes", "the sidecar has no flag %s", show(word.Text))
	}
}

// add checks the value of a flag, and whether it is given once only.
func (p *argumentParser) add(row flagRow, name string, flag podspec.Flag, word podspec.Word) {
	p.Flags = append(p.Flags, flag)
	switch value := flag.Value; {
	case row.kind == endingFlag:
		p.report(EndingFlag, word, "remove it", "with %s the sidecar prints something, and exits", flag.Name)
	case p.seen[name] && !row.repeatable:
		p.report(RepeatedFlag, word, "remove one of the two", "%s is given twice", flag.Name)
	case value.Unknown:
	case row.kind == enumFlag && !slices.Contains(row.values, value.Text):
		p.report(InvalidValue, value, "write "+strings.Join(row.values, ", ")+", in lower case and without spaces",
			"%s is %s: want one of %s", flag.Name, show(value.Text), strings.Join(row.values, ", "))
	case row.kind == urlFlag:
		if _, err := url.Parse(value.Text); err != nil {
			p.report(InvalidValue, value, "write a URL, such as http://127.0.0.1:9090/", "%s is %s, which is not a URL", flag.Name, show(value.Text))
		}
	}
	p.seen[name] = true
}

// positional reports a word that is no flag, and the value of none.
func (p *argumentParser) positional(word podspec.Word) {
	trimmed := strings.TrimSpace(word.Text)
	switch {
	case strings.HasPrefix(trimmed, "-") && trimmed != word.Text:
		p.report(NotAFlag, word, "remove the spaces around it", "%s begins with a space, so that the sidecar does not take it for a flag, and exits", show(word.Text))
	case trimmed == "":
		p.report(NotAFlag, word, "remove it", "an argument is empty: the sidecar takes no arguments but flags, and exits")
	default:
		p.report(NotAFlag, word, "remove it, or write the flag that it belongs to before it", "%s is not a flag: the sidecar takes no arguments but flags, and exits", show(word.Text))
	}
}
