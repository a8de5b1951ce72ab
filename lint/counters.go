package lint

var counterRules []Rule
