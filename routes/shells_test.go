package routes

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

// A shell is what a program that reads command lines does not take for itself, by its
// documentation. The words between quotes are those in double quotes; the double quote itself
// ends them in every shell.
type shell struct {
	name string
	// outside and inside are the characters that mean something outside and inside of double
	// quotes.
	outside, inside string
	// words matches words that mean something outside of quotes; nil for none.
	words *regexp.Regexp
	// variables says that text between two percent signs may be a variable, anywhere.
	variables bool
}

const blanks = "\t\r\n\v\f"

// shells are those that the commands are for, and what reads the commands after them.
var shells = []shell{
	{
		// POSIX.1-2017, XCU 2.2 Quoting.
		name: "sh", outside: "|&;<>()$`\\'*?[]" + blanks, inside: "$`\\" + blanks, words: regexp.MustCompile(`^[#~]|^\w+=`),
	},
	{
		// The manual of bash: Double Quotes, Brace Expansion, History Expansion.
		name: "bash", outside: "|&;<>()$`\\'*?[]{}!^" + blanks, inside: "$`\\!" + blanks, words: regexp.MustCompile(`^[#~]|^\w+=`),
	},
	{
		// zshmisc(1) Quoting, zshexpn(1), with extended globbing and history.
		name: "zsh", outside: "|&;<>()$`\\'*?[]{}!^#~" + blanks, inside: "$`\\!" + blanks, words: regexp.MustCompile(`^=|^\w+=`),
	},
	{
		// The documentation of fish: The fish language, Quotes and Expansion; %, ^ and ? until 4.
		name: "fish", outside: "|&;<>()$`\\'*?[]{}%^" + blanks, inside: "$\\" + blanks, words: regexp.MustCompile(`^[#~]|^\w+=`),
	},
	{
		// about_Quoting_Rules, about_Parsing, about_Special_Characters, about_Splatting. It takes
		// typographic quotes for plain ones, and other dashes for hyphens.
		name: "PowerShell", outside: "|&;<>(){}$`'@#,[]‘’‚‛“”„–—―" + blanks, inside: "$`“”„" + blanks, words: regexp.MustCompile(`^--%$|^\d*>`),
	},
	{
		// cmd /?, set /?, and "Escaping characters" of the documentation of the Windows commands;
		// ! is for cmd /v:on.
		name: "cmd.exe", outside: "&|<>()^!,;=" + blanks, inside: "!^" + blanks, words: regexp.MustCompile("^[@:]"), variables: true,
	},
	{
		// curl(1), "globbing" of URLs.
		name: "curl", inside: "{}[]\\",
	},
}

// faults returns what a shell would not take as it is in a command line.
func (s shell) faults(line string) []string {
	var faults []string
	parts := strings.Split(line, `"`)
	if len(parts)%2 == 0 {
		faults = append(faults, "quotes that do not end")
	}
	for i, part := range parts {
		where, special := "outside", s.outside
		if i%2 == 1 {
			where, special = "inside", s.inside
		}
		for _, c := range part {
			if strings.ContainsRune(special, c) || c < ' ' || c > '~' { // others depend on a code page
				faults = append(faults, fmt.Sprintf("%q %s quotes", c, where))
			}
		}
		if where == "inside" || s.words == nil {
			continue
		}
		for word := range strings.FieldsSeq(part) {
			if s.words.MatchString(word) {
				faults = append(faults, "the word "+word)
			}
		}
	}
	if s.variables {
		faults = append(faults, variables(line)...)
	}
	return faults
}

// windows are the variables that Windows and cmd.exe set, by set /? and "Recognized environment
// variables" of the documentation of Windows; other than these begin with __ or with =.
var windows = strings.Fields(`
	ALLUSERSPROFILE APPDATA CD CLIENTNAME CMDCMDLINE CMDEXTVERSION COMMONPROGRAMFILES COMMONPROGRAMW6432 COMPUTERNAME COMSPEC
	DATE DRIVERDATA ERRORLEVEL HIGHESTNUMANODENUMBER HOMEDRIVE HOMEPATH LOCALAPPDATA LOGONSERVER NUMBER_OF_PROCESSORS ONEDRIVE OS
	PATH PATHEXT PROCESSOR_ARCHITECTURE PROCESSOR_IDENTIFIER PROCESSOR_LEVEL PROCESSOR_REVISION PROGRAMDATA PROGRAMFILES
	PROGRAMW6432 PROMPT PSMODULEPATH PUBLIC RANDOM SESSIONNAME SYSTEMDRIVE SYSTEMROOT TEMP TIME TMP USERDNSDOMAIN USERDOMAIN
	USERDOMAIN_ROAMINGPROFILE USERNAME USERPROFILE WINDIR`)

var hexadecimal = regexp.MustCompile("^[0-9A-F]{2}")

// variables returns the text between two percent signs that cmd.exe could take for a variable:
// it is one of Windows', or does not begin with two hexadecimal digits. In interactive use, it
// keeps text that is none.
func variables(line string) []string {
	var found []string
	parts := strings.Split(line, "%")
	for _, name := range parts[min(1, len(parts)):max(1, len(parts)-1)] {
		name, _, _ = strings.Cut(name, ":") // %NAME:~1,2%
		if slices.Contains(windows, strings.ToUpper(name)) || !hexadecimal.MatchString(name) {
			found = append(found, "the variable "+name)
		}
	}
	return found
}

// TestShellsFindFault wants the rules to find what is wrong, and nothing in what is not.
func TestShellsFindFault(t *testing.T) {
	posix := []string{"sh", "bash", "zsh"}
	for line, want := range map[string][]string{
		`curl "http://localhost:9090/a?b=%28c%29&d=e+f~g"`: nil,
		`kubectl exec deployment/a -- wget -q -O - "a"`:    nil,
		`curl "$a"`:                    append(posix, "fish", "PowerShell"),
		"curl \"`a`\"":                 append(posix, "PowerShell"),
		`curl "a\b"`:                   append(posix, "fish", "curl"),
		`curl "a!b"`:                   {"bash", "zsh", "cmd.exe"},
		`curl "a^b"`:                   {"cmd.exe"},
		`curl "a{b}[1]"`:               {"curl"},
		`curl "%path%"`:                {"cmd.exe"},
		`curl "%CD%A1"`:                {"cmd.exe"},
		`curl "%cd%a1"`:                {"cmd.exe"},
		`curl "%CD:~0,3%"`:             {"cmd.exe"},
		`curl "100%c%"`:                {"cmd.exe"},
		`curl a&b`:                     append(posix, "fish", "PowerShell", "cmd.exe"),
		`curl 'a'`:                     append(posix, "fish", "PowerShell"),
		`curl a?b`:                     append(posix, "fish"),
		`curl a,b`:                     {"PowerShell", "cmd.exe"},
		`kubectl exec a --% b`:         {"fish", "PowerShell"},
		`curl =a`:                      {"zsh", "cmd.exe"},
		`curl ~/a`:                     append(posix, "fish"),
		`curl #a`:                      append(posix, "fish", "PowerShell"),
		`curl @a`:                      {"PowerShell", "cmd.exe"},
		"curl \"a\nb\"":                everyShell(),
		`curl "a`:                      everyShell(),
		`curl “a”`:                     everyShell(),
		`curl "` + "\u00e9" + `"`:      everyShell(),
		`curl "a` + "\x00" + `"`:       everyShell(),
		`curl "a" (b) "c" | d`:         append(posix, "fish", "PowerShell", "cmd.exe"),
		`curl "a"; curl "b"`:           append(posix, "fish", "PowerShell", "cmd.exe"),
		`curl "a" > b`:                 append(posix, "fish", "PowerShell", "cmd.exe"),
		`A=b curl "a"`:                 append(posix, "fish", "cmd.exe"),
		`curl "http://localhost:9090"`: nil,
	} {
		var got []string
		for _, s := range shells {
			if len(s.faults(line)) > 0 {
				got = append(got, s.name)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("who minds %s (-want +got):\n%s", line, diff)
		}
	}
}

func everyShell() []string {
	var all []string
	for _, s := range shells {
		all = append(all, s.name)
	}
	return all
}

// FuzzCommandsOfTheAPI wants every shell to take the commands as they are, whatever is asked,
// and Prometheus to be asked just that.
func FuzzCommandsOfTheAPI(f *testing.F) {
	for _, query := range []string{
		DefaultQuery, "", "up", `a{b="$x $(y) ${z} @a %PATH% %os% !h \\ 'q' #&|<>^;,*?()[]{}~="}`, "a{b=`\"$c\"`}", "a\r\n+\tb", "a # comment",
		`{"größe.😀"="“” ‘’ „ ‚"}`, "a\x00\x1b[0m\x7f\u2028\u0085", `a{b=~"100%|--%|%28count%29|%%"}`, "a{b=\"e\u0361\u0342\"} * 1",
	} {
		f.Add(query, "")
		f.Add(query, "prom/"+query)
	}
	f.Fuzz(func(t *testing.T, query, prefix string) {
		if !utf8.ValidString(query + prefix) {
			t.Skip("neither PromQL nor Kubernetes' API has other text than UTF-8")
		}
		if prefix != "" {
			prefix = "/" + prefix
		}
		for _, version := range []string{"2.11", "2.20"} {
			r := request(t, version, Scraper{})
			r.Query, r.Viz.PathPrefix = query, prefix
			out, err := api(r)
			if err != nil {
				t.Fatal(err)
			}
			expectCommands(t, r, out.Commands)
		}
	})
}

// expectCommands wants a text to have no other lines than comments and commands that every
// shell takes, and each command that has a query to ask that one.
func expectCommands(t *testing.T, r Request, text string) {
	t.Helper()
	warns := strings.Contains(text, "in the place of %CD% below")
	folders, asked := 0, 0
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		if line == "" || strings.HasPrefix(line, "# ") {
			continue
		}
		for _, s := range shells {
			for _, fault := range s.faults(line) {
				if warns && fault == "the variable CD" {
					folders++
					continue
				}
				t.Errorf("%s does not take %s as it is: %s", s.name, line, fault)
			}
		}
		program, _, _ := strings.Cut(line, " ")
		if program != "curl" && program != "kubectl" {
			t.Errorf("not a command that is known: %s", line)
		}
		if strings.Contains(line, "?query=") {
			asked++
			expectQuery(t, r, line)
		}
	}
	if warns != (folders > 0) {
		t.Errorf("cmd.exe replaces %d of\n%s", folders, text)
	}
	if want := 4 + min(1, strings.Count(text, "get --raw \"")); asked != want {
		t.Errorf("%d commands ask, want %d:\n%s", asked, want, text)
	}
}

// expectQuery wants a command to ask what was to be asked, in the path that is in front of all
// pages.
func expectQuery(t *testing.T, r Request, line string) {
	t.Helper()
	_, address, _ := strings.Cut(line, ` "`)
	u, err := url.Parse(strings.TrimSuffix(address, `"`))
	if err != nil {
		t.Errorf("%s: %v", line, err)
		return
	}
	values, err := url.ParseQuery(u.RawQuery)
	if got := values.Get("query"); err != nil || got != r.Query {
		t.Errorf("%s asks %q, want %q, error %v", line, got, r.Query, err)
	}
	if !strings.Contains(u.Path, r.Viz.PathPrefix+"/api/v1/query") {
		t.Errorf("%s has the path %q, want it to have %q", line, u.Path, r.Viz.PathPrefix)
	}
}
