" Policies, for Vim and Neovim. A test holds the keywords to those of the parser.
if exists("b:current_syntax")
  finish
endif

syntax keyword policyKeyword after agent all allow always and any approve approvers as at attempts
syntax keyword policyKeyword because budget budgets by calendar call caller charge clear code
syntax keyword policyKeyword contains count cuts data deny each edition else ends error every expect
syntax keyword policyKeyword expires extends fails false fn for from given group has hints hold host in
syntax keyword policyKeyword invariant is label labels let like limit list map mark marks matches
syntax keyword policyKeyword matching never not null observe ok on open or param pass per present
syntax keyword policyKeyword quarantine redact refine reject result risk role rule session set settle
syntax keyword policyKeyword skip starts suggest tags task tenant test tool tools true trust turn
syntax keyword policyKeyword unknown unless use used user when where with within

syntax match policyNumber "\<\d[0-9_]*\(\.\d\+\)\?\( \?[A-Z]\{3}\>\)\?"
syntax match policyName "\(\<\(rule\|budget\|fn\|let\|role\|mark\|label\|group\|data\|invariant\|param\)\s\+\)\@<=\h\w*"
syntax region policyText start=+"+ skip=+\\.+ end=+"+ oneline contains=policyHole
syntax match policyHole "{[^{}\"]*}" contained
syntax match policyRegex "\(matches\|matching\)\@<=\s\+/\(\\.\|[^/\\]\)*/"
syntax match policyComment "//.*$" contains=@Spell

highlight default link policyKeyword Keyword
highlight default link policyNumber Number
highlight default link policyName Function
highlight default link policyText String
highlight default link policyHole Special
highlight default link policyRegex String
highlight default link policyComment Comment

let b:current_syntax = "policy"
