package lint

var settingsRules []Rule
