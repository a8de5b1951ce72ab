package lint

var metadataRules []Rule
