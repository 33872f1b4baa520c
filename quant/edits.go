package quant

import (
	"fmt"
	"slices"
	"strings"
)

// Edits is a set of changed family entries as a canonical text, so that configs compare:
// "shared.concat:aten.concat.default=on;..." sorted by key.
type Edits string

// Edit is one changed entry of a family.
type Edit struct {
	Family, Op string
	On         bool
}

// Key is "FAMILY:OVERLOAD".
func (e Edit) Key() string { return e.Family + ":" + e.Op }

func (e Edit) String() string {
	if e.On {
		return e.Key() + "=on"
	}
	return e.Key() + "=off"
}

// ParseEdit reads "FAMILY:OVERLOAD=on" or "=off".
func ParseEdit(s string) (Edit, error) {
	key, val, ok := strings.Cut(s, "=")
	fam, op, ok2 := strings.Cut(key, ":")
	if !ok || !ok2 || fam == "" || op == "" || val != "on" && val != "off" {
		return Edit{}, fmt.Errorf("%q: want FAMILY:OVERLOAD=on or =off, such as shared.concat:aten.concat.default=on", s)
	}
	return Edit{fam, op, val == "on"}, nil
}

// List is the edits, sorted by key.
func (e Edits) List() []Edit {
	var out []Edit
	for _, s := range strings.Split(string(e), ";") {
		if x, err := ParseEdit(s); err == nil {
			out = append(out, x)
		}
	}
	return out
}

// With is e with x in it, in place of another edit of the same entry.
func (e Edits) With(x Edit) Edits {
	list := append(e.Without(x.Key()).List(), x)
	slices.SortFunc(list, func(a, b Edit) int { return strings.Compare(a.Key(), b.Key()) })
	return joinEdits(list)
}

// Without is e with no edit of the entry key.
func (e Edits) Without(key string) Edits {
	return joinEdits(slices.DeleteFunc(e.List(), func(x Edit) bool { return x.Key() == key }))
}

func joinEdits(list []Edit) Edits {
	s := make([]string, len(list))
	for i, x := range list {
		s[i] = x.String()
	}
	return Edits(strings.Join(s, ";"))
}
