package main_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// module is the import path of the root.
const module = "seam"

// importTable says what may be imported by what: in a row, each group may be imported by every group to its right, and so may
// what the group itself may import. A row on its own only names packages.
var importTable = []string{
	"model | model/pt2 model/npz | model/load",
	"model | model/eval | quant | tosa | ethosu | internal/pipeline | internal/record internal/snapshot internal/lint | internal/check internal/diff internal/convert | ui | internal/cli | main",
	"model | ui/row | ui/rows ui/lanes ui/match | ui",
	"quant/observer | quant",
	"tosa/fb | tosa",
	"model | quant | tosa | tosa/exec | internal/pipeline",
	"themes | ui/row | ui | internal/cli",
	"model | model/load | samples | internal/cli",
	"model | model/load | internal/pipeline", // a run is a run of a loaded model and its data
	"internal/yamlfile | internal/check | internal/cli",
	"internal/sarif | internal/lint internal/check",
	"internal/golden",
}

// standardOnly import nothing but the standard library.
var standardOnly = []string{"model", "quant/observer"}

// mayUseOS are the packages that touch files or the process. Golden files are read and written by tests only.
var mayUseOS = []string{
	"main", "model/load", "model/pt2", "model/npz", "internal/record", "internal/snapshot", "internal/cli", "themes",
	"internal/golden",
}

// terminal is where terminal libraries and log are allowed.
var terminal = []string{"ui", "ui/row", "ui/rows", "ui/lanes", "ui/match", "internal/cli", "main"}

// terminalLibraries are import path prefixes of what draws on or reads from a terminal.
var terminalLibraries = []string{
	"charm.land/", "github.com/charmbracelet/", "github.com/junegunn/", "github.com/muesli/", "github.com/mattn/go-isatty",
	"github.com/gdamore/", "golang.org/x/term",
}

// bubbleTea is kept out of the packages under ui.
const bubbleTea = "charm.land/bubble"

// topLevel is every name that the root may hold.
var topLevel = []string{
	"go.mod", "main.go", "ui", "model", "quant", "tosa", "ethosu", "themes", "samples", "README.md",
	"go.sum", "ARCHITECTURE.md", "CONTRIBUTING.md", "LICENSE", "arch_test.go", ".ci", ".gitignore", "docs", "internal",
}

// vagueNames say nothing of what a package holds.
var vagueNames = []string{"util", "utils", "common", "helper", "helpers", "types", "misc", "base"}

// The limits of size, in lines.
const (
	maxFuncLen    = 100
	mostFuncsLen  = 50 // of 90 %
	medianFuncLen = 12
	maxFileLen    = 450
)

// pkg is what go list says of a package.
type pkg struct {
	ImportPath, Name string
	Imports          []string
}

// short is the package's name in importTable.
func short(path string) string {
	if path == module {
		return "main"
	}
	return strings.TrimPrefix(path, module+"/")
}

func listPackages(t *testing.T) []pkg {
	t.Helper()
	cmd := exec.Command("go", "list", "-e", "-json=ImportPath,Name,Imports", "./...")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, stderr.String())
	}
	var pkgs []pkg
	for d := json.NewDecoder(bytes.NewReader(out)); d.More(); {
		var p pkg
		if err := d.Decode(&p); err != nil {
			t.Fatalf("decode go list: %v", err)
		}
		pkgs = append(pkgs, p)
	}
	return pkgs
}

// allowedImports is, for each package of the table, the set of packages to its left.
func allowedImports(table []string) map[string]map[string]bool {
	left := map[string]map[string]bool{}
	for _, row := range table {
		var before []string
		for _, group := range strings.Split(row, " | ") {
			for _, p := range strings.Fields(group) {
				if left[p] == nil {
					left[p] = map[string]bool{}
				}
				for _, q := range before {
					left[p][q] = true
				}
			}
			before = append(before, strings.Fields(group)...)
		}
	}
	for grown := true; grown; {
		grown = false
		for _, set := range left {
			before := len(set)
			for q := range set {
				for r := range left[q] {
					set[r] = true
				}
			}
			grown = grown || len(set) > before
		}
	}
	return left
}

func TestTable(t *testing.T) {
	left := allowedImports(importTable)
	for _, c := range []struct {
		by, what string
		want     bool
	}{
		{"quant", "model", true},
		{"quant", "model/eval", true},
		{"quant", "quant/observer", true},
		{"tosa", "quant/observer", true},
		{"main", "model/load", true},
		{"ui", "internal/pipeline", true},
		{"samples", "model/pt2", true},
		{"model", "quant", false},
		{"quant", "tosa", false},
		{"internal/record", "internal/snapshot", false},
		{"ui/row", "internal/pipeline", false},
		{"quant/observer", "model", false},
		{"internal/pipeline", "themes", false},
		{"ui", "internal/golden", false},
	} {
		if left[c.by][c.what] != c.want {
			t.Errorf("%s may import %s: %v, want %v", c.by, c.what, left[c.by][c.what], c.want)
		}
	}
	for p, set := range left {
		if set[p] {
			t.Errorf("%s may import itself: the table has a cycle", p)
		}
	}
}

func TestImports(t *testing.T) {
	left := allowedImports(importTable)
	for _, p := range listPackages(t) {
		name := short(p.ImportPath)
		if left[name] == nil {
			t.Errorf("package %s is not in the table of imports", name)
			continue
		}
		for _, imp := range p.Imports {
			if why := refused(name, imp, left[name]); why != "" {
				t.Errorf("package %s imports %s: %s", name, imp, why)
			}
		}
	}
}

// refused says why package name may not import path, "" if it may. The packages to its left are given.
func refused(name, path string, left map[string]bool) string {
	if q := short(path); q != path {
		if !left[q] {
			return "it is not to its left in the table"
		}
		return ""
	}
	first, _, _ := strings.Cut(path, "/")
	ui := slices.Contains(terminal, name)
	library := slices.ContainsFunc(terminalLibraries, func(l string) bool { return strings.HasPrefix(path, l) })
	switch {
	case slices.Contains(standardOnly, name) && strings.Contains(first, "."):
		return "only the standard library is allowed"
	case path == "os" && !slices.Contains(mayUseOS, name):
		return "only packages that read files or start the program use os"
	case path == "log" && !ui:
		return "stages do not log"
	case library && !ui:
		return "no terminal library left of ui"
	case strings.HasPrefix(name, "ui/") && strings.HasPrefix(path, bubbleTea):
		return "no Bubble Tea under ui"
	}
	return ""
}

func TestRefused(t *testing.T) {
	left := allowedImports(importTable)
	for _, c := range []struct {
		by, path string
		ok       bool
	}{
		{"model", "strings", true},
		{"model", "golang.org/x/tools/txtar", false},
		{"model/eval", "gonum.org/v1/gonum/blas", true},
		{"quant", "seam/tosa", false},
		{"tosa", "seam/quant", true},
		{"tosa", "os", false},
		{"tosa", "os/exec", true},
		{"internal/pipeline", "log/slog", true},
		{"internal/pipeline", "log", false},
		{"internal/pipeline", "charm.land/lipgloss/v2", false},
		{"themes", "github.com/charmbracelet/x/ansi", false},
		{"ui", "charm.land/bubbletea/v2", true},
		{"ui/row", "charm.land/bubbletea/v2", false},
		{"ui/match", "github.com/junegunn/fzf/src/algo", true},
	} {
		if why := refused(c.by, c.path, left[c.by]); (why == "") != c.ok {
			t.Errorf("%s imports %s: refused %q, want allowed %v", c.by, c.path, why, c.ok)
		}
	}
}

func TestPackageNames(t *testing.T) {
	for _, p := range listPackages(t) {
		if slices.Contains(vagueNames, p.Name) || slices.Contains(vagueNames, filepath.Base(p.ImportPath)) {
			t.Errorf("package %s: the name says nothing", p.ImportPath)
		}
	}
}

// TestTopLevel compares the root with what is fixed; what .gitignore names is not looked at.
func TestTopLevel(t *testing.T) {
	ignore, err := os.ReadFile(".gitignore")
	if err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		name := e.Name()
		ignored := slices.ContainsFunc(strings.Fields(string(ignore)), func(pattern string) bool {
			ok, _ := filepath.Match(strings.Trim(pattern, "/"), name)
			return ok
		})
		if name != ".git" && !ignored && !slices.Contains(topLevel, name) {
			t.Errorf("%s does not belong in the root", name)
		}
	}
}

// goFiles calls f for every Go file of the module that was written by hand.
func goFiles(t *testing.T, f func(path string, file *ast.File, fset *token.FileSet)) {
	t.Helper()
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == "testdata" || d.Name() == "fb" || len(path) > 1 && d.Name()[0] == '.') {
			return filepath.SkipDir
		}
		if d.IsDir() || filepath.Ext(path) != ".go" {
			return nil
		}
		fset := token.NewFileSet()
		file, err := parser.ParseFile(fset, path, nil, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return fmt.Errorf("parse %s: %w", path, err)
		}
		if !ast.IsGenerated(file) {
			f(path, file, fset)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestSizes(t *testing.T) {
	var lens []int
	goFiles(t, func(path string, file *ast.File, fset *token.FileSet) {
		if n := fset.File(file.FileStart).LineCount(); n > maxFileLen {
			t.Errorf("%s has %d lines, over %d", path, n, maxFileLen)
		}
		for _, d := range file.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok {
				continue
			}
			n := fset.Position(fn.End()).Line - fset.Position(fn.Pos()).Line + 1
			if lens = append(lens, n); n > maxFuncLen {
				t.Errorf("%s: function %s has %d lines, over %d", path, fn.Name.Name, n, maxFuncLen)
			}
		}
	})
	slices.Sort(lens)
	if median := lens[len(lens)/2]; median > medianFuncLen {
		t.Errorf("the median function has %d lines, over %d", median, medianFuncLen)
	}
	if n := lens[len(lens)*9/10]; n >= mostFuncsLen {
		t.Errorf("the 90th percentile of functions is %d lines, not under %d", n, mostFuncsLen)
	}
}

// TestNoInitWork finds functions that run before main.
func TestNoInitWork(t *testing.T) {
	goFiles(t, func(path string, file *ast.File, _ *token.FileSet) {
		for _, d := range file.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv == nil && fn.Name.Name == "init" {
				t.Errorf("%s: work in init", path)
			}
		}
	})
}
