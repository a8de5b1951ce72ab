package lint

var recordingRules []Rule
