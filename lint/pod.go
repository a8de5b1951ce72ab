package lint

var podRules []Rule
