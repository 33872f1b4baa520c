package themes

// Role is what a piece of text means; a theme turns it into a style.
type Role uint8

// The roles. Code that draws names a role and never a colour.
const (
	Plain Role = iota
	Dim
	Title
	Border
	BorderFocus
	Cursor // the selected row
	Match  // text that a search found
	OK
	Warn
	Error
	Shared
	Independent
	Derived
	FixedSpec
	NoSpec
	Host
	Boundary
	Unknown // a fact that is not known, shown as "?"
	Changed
	Key
	Number
	Op
	Path
	Lane
	DelegateA // the eight bands that delegates take in turn; see Delegate
	DelegateB
	DelegateC
	DelegateD
	DelegateE
	DelegateF
	DelegateG
	DelegateH
	Good
	Bad
	Code
	CodeKeyword
	CodeString
	CodeComment
	CodeNumber
	CodeName
	NumRoles
)

// roles holds the name of each role in a theme file, and its letter in a golden role plane.
var roles = [NumRoles]struct {
	name   string
	letter byte
}{
	Plain:       {"plain", '.'},
	Dim:         {"dim", 'd'},
	Title:       {"title", 'T'},
	Border:      {"border", 'b'},
	BorderFocus: {"border-focus", 'B'},
	Cursor:      {"cursor", '>'},
	Match:       {"match", 'm'},
	OK:          {"ok", 'o'},
	Warn:        {"warn", 'w'},
	Error:       {"error", 'e'},
	Shared:      {"shared", 's'},
	Independent: {"independent", 'i'},
	Derived:     {"derived", 'r'},
	FixedSpec:   {"fixed-spec", 'f'},
	NoSpec:      {"no-spec", 'n'},
	Host:        {"host", 'h'},
	Boundary:    {"boundary", '='},
	Unknown:     {"unknown", '?'},
	Changed:     {"changed", '*'},
	Key:         {"key", 'k'},
	Number:      {"number", '#'},
	Op:          {"op", 'O'},
	Path:        {"path", 'p'},
	Lane:        {"lane", '|'},
	DelegateA:   {"delegate-a", '1'},
	DelegateB:   {"delegate-b", '2'},
	DelegateC:   {"delegate-c", '3'},
	DelegateD:   {"delegate-d", '4'},
	DelegateE:   {"delegate-e", '5'},
	DelegateF:   {"delegate-f", '6'},
	DelegateG:   {"delegate-g", '7'},
	DelegateH:   {"delegate-h", '8'},
	Good:        {"good", '+'},
	Bad:         {"bad", '-'},
	Code:        {"code", 'c'},
	CodeKeyword: {"code-keyword", 'K'},
	CodeString:  {"code-string", 'S'},
	CodeComment: {"code-comment", 'C'},
	CodeNumber:  {"code-number", 'N'},
	CodeName:    {"code-name", 'M'},
}

// String is the name of the role in a theme file.
func (r Role) String() string {
	if r >= NumRoles {
		return "invalid"
	}
	return roles[r].name
}

// Letter is the role's mark in the role plane of a golden file. No two roles have the same.
func (r Role) Letter() byte {
	if r >= NumRoles {
		return '!'
	}
	return roles[r].letter
}

// Delegate is the band of the delegate with index i, counted from 0. Bands repeat after eight, so the text beside one
// always names the delegate as well.
func Delegate(i int) Role {
	const bands = int(DelegateH-DelegateA) + 1
	return DelegateA + Role((i%bands+bands)%bands)
}

func roleNamed(name string) (Role, bool) {
	for r := range NumRoles {
		if roles[r].name == name {
			return r, true
		}
	}
	return 0, false
}
