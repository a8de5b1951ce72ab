package lint

import (
	"errors"

	"github.com/linkerd-gcm/linkerd-gcm/rules"
	"github.com/linkerd-gcm/linkerd-gcm/sidecar"
)

// subject is the input, read once for all rules.
type subject struct {
	Input
	selectors []selector
	// config is nil where the file is not at hand or cannot be read at all.
	config      *sidecar.Config
	configError *sidecar.ConfigError
	files       []ruleFile
}

// selector is one --include, read as the sidecar reads it.
type selector struct {
	Text
	parsed sidecar.Selector
	err    *sidecar.SelectorError
}

// ruleFile is one file of recording rules, read as Prometheus reads it.
type ruleFile struct {
	Text
	file   *rules.File
	errors []rules.Error
}

func newSubject(in Input) *subject {
	s := &subject{Input: in}
	for _, text := range in.Include {
		one := selector{Text: text}
		parsed, err := sidecar.ParseSelector(text.Value)
		one.parsed = parsed
		errors.As(err, &one.err)
		s.selectors = append(s.selectors, one)
	}
	for _, text := range in.RuleFiles {
		file, faults := rules.Parse([]byte(text.Value))
		s.files = append(s.files, ruleFile{text, file, faults})
	}
	if in.SidecarConfig != nil {
		config, err := sidecar.ParseConfig([]byte(in.SidecarConfig.Value))
		s.config = config
		errors.As(err, &s.configError)
	}
	return s
}

// recorded calls a function for each recording rule of all files.
func (s *subject) recorded(each func(file ruleFile, rule *rules.Rule)) {
	for _, f := range s.files {
		if f.file == nil {
			continue
		}
		for _, rule := range f.file.Rules() {
			each(f, rule)
		}
	}
}
