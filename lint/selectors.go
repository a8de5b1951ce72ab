package lint

var selectorRules []Rule
