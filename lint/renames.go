package lint

var renameRules []Rule
