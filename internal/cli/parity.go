package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"

	"seam/internal/pipeline"
	"seam/internal/record"
	"seam/internal/snapshot"
	"seam/model/load"
)

// parityWorkers is how many models run at the same time.
const parityWorkers = 2

type parityCmd struct {
	Files []string `arg:"" optional:"" name:"file" help:"A model, then recordings of it; its data is calib.npz beside it."`
	All   string   `help:"Every model and recording below a folder." placeholder:"DIR"`
	Only  string   `help:"With --all: only folders whose path matches." placeholder:"REGEX"`
	Max   int      `help:"Classes of differences to print." default:"40"`

	Ratchet      string `hidden:"" help:"Fail where fewer recordings agree than this file says."`
	WriteRatchet string `hidden:"" help:"Write how many recordings agree."`
}

// parityCase is one model and the recordings to compare it with.
type parityCase struct {
	id, part   string
	model      string
	recordings []string
	alone      bool // a model that cannot be read is an error, not a row of the table
}

// compared is one recording compared.
type compared struct {
	config string
	diff   *record.Diff
	err    error // the recording cannot be read, or the run was cancelled
}

// Run compares, prints the classes of differences and the totals, and fails with ExitParity unless all is equal.
func (c *parityCmd) Run(e *env) error {
	cases, err := c.cases()
	if err != nil {
		return err
	}
	t, err := runParity(e, cases)
	if err != nil {
		return err
	}
	if err := c.print(e, t); err != nil {
		return err
	}
	if c.WriteRatchet != "" {
		if err := snapshot.WriteFile(c.WriteRatchet, t.Counts.Write); err != nil {
			return err
		}
	}
	if c.Ratchet != "" {
		return c.checkRatchet(e, t)
	}
	if !t.Equal() {
		return codeError(ExitParity)
	}
	return nil
}

func (c *parityCmd) cases() ([]parityCase, error) {
	if c.Only != "" && (c.Ratchet != "" || c.WriteRatchet != "") {
		return nil, usagef("--only with a ratchet: the counts would be of a part only")
	}
	switch {
	case c.All != "" && len(c.Files) > 0:
		return nil, usagef("--all takes no model")
	case c.All != "":
		return findCases(c.All, c.Only)
	case len(c.Files) < 2:
		return nil, usagef("want a model and its recordings, or --all DIR")
	}
	m := c.Files[0]
	return []parityCase{{caseName(m), casePart(m), m, c.Files[1:], true}}, nil
}

func caseName(model string) string {
	if dir := filepath.Base(filepath.Dir(model)); dir != "." {
		return dir
	}
	return filepath.Base(model)
}

// casePart is the part of the corpus that a model is in: the folder that its folder is in.
func casePart(model string) string {
	abs, err := filepath.Abs(model)
	if err != nil {
		abs = model
	}
	return filepath.Base(filepath.Dir(filepath.Dir(abs)))
}

// findCases lists the folders below dir that hold a model and recordings, in the order of their paths.
func findCases(dir, only string) ([]parityCase, error) {
	re, err := regexp.Compile(only)
	if err != nil {
		return nil, usagef("--only: %w", err)
	}
	var out []parityCase
	err = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.Name() != "model.pt2" {
			return err
		}
		folder := filepath.Dir(path)
		rel, err := filepath.Rel(dir, folder)
		if err != nil {
			return err
		}
		recs, err := filepath.Glob(filepath.Join(folder, "golden-*.json"))
		if err == nil && len(recs) > 0 && re.MatchString(filepath.ToSlash(rel)) {
			out = append(out, parityCase{filepath.ToSlash(rel), casePart(path), path, recs, false})
		}
		return err
	})
	if err != nil {
		return nil, inputError{err}
	}
	if len(out) == 0 {
		return nil, usagef("%s: no folder with model.pt2 and golden-*.json", dir)
	}
	return out, nil
}

// runParity compares all cases, two at a time, and counts them in their order.
func runParity(e *env, cases []parityCase) (*record.Tally, error) {
	results := make([][]compared, len(cases))
	next := make(chan int)
	bar := newProgress(e)
	var wg sync.WaitGroup
	for range min(parityWorkers, len(cases)) {
		wg.Go(func() {
			for i := range next {
				results[i] = cases[i].compare(e.ctx)
				bar.step(cases[i].id, len(cases))
			}
		})
	}
	for i := range cases {
		if e.ctx.Err() != nil {
			break
		}
		next <- i
	}
	close(next)
	wg.Wait()
	bar.done()
	if err := e.ctx.Err(); err != nil {
		return nil, err
	}
	t := &record.Tally{}
	for i, c := range cases {
		for _, r := range results[i] {
			if r.err != nil {
				return nil, r.err
			}
			t.Add(c.part, c.id, r.config, r.diff)
		}
	}
	return t, nil
}

// compare runs a model once for each recording. A model that cannot be read is not modelled.
func (c *parityCase) compare(ctx context.Context) []compared {
	runner, loadErr := openCase(c.model)
	if loadErr != nil && c.alone {
		return []compared{{err: loadErr}}
	}
	var out []compared
	for _, path := range c.recordings {
		want, err := readRecording(path)
		if err != nil {
			return append(out, compared{err: err})
		}
		got := limit(want, "load", loadErr)
		if loadErr == nil {
			if got, err = simulate(ctx, runner, want); err != nil {
				return append(out, compared{err: err})
			}
		}
		out = append(out, compared{want.Config.Name, record.Compare(got, want), nil})
	}
	return out
}

func openCase(path string) (*pipeline.Runner, error) {
	m, err := load.Open(path)
	if err != nil {
		return nil, err
	}
	d, err := load.Calib(filepath.Join(filepath.Dir(path), "calib.npz"), m)
	if err != nil {
		return nil, err
	}
	return pipeline.New(m, d), nil
}

// simulate runs the configuration of a recording. A panic in a stage is an answer too, a wrong one.
func simulate(ctx context.Context, r *pipeline.Runner, want *record.Recording) (got *record.Recording, err error) {
	defer func() {
		if p := recover(); p != nil {
			got, err = limit(want, "", nil), nil
			got.FailedIn = fmt.Sprintf("panic: %v %s", p, strings.Join(strings.Fields(internalStack()), " "))
		}
	}()
	cfg, err := record.ConfigOf(want)
	if err != nil {
		return limit(want, "config", err), nil
	}
	res, err := r.Run(ctx, cfg, nil)
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case err != nil:
		return limit(want, "run", err), nil
	}
	return record.Of(res, want.Config.Name, Version), nil
}

// limit is the recording of a run that did not start.
func limit(want *record.Recording, step string, err error) *record.Recording {
	r := &record.Recording{Config: want.Config, FailedIn: step}
	if err != nil {
		r.NotModelled = []record.Missing{{Rule: oneLine(err.Error())}}
	}
	return r
}

func (c *parityCmd) checkRatchet(e *env, t *record.Tally) error {
	f, err := os.Open(c.Ratchet)
	if err != nil {
		return inputError{err}
	}
	defer f.Close()
	before, err := record.ReadCounts(f)
	if err != nil {
		return inputError{fmt.Errorf("%s: %w", c.Ratchet, err)}
	}
	lower := t.Counts.Lower(before)
	for _, l := range lower {
		fmt.Fprintln(e.stderr, "seam: ratchet:", l)
	}
	if len(lower) > 0 {
		return codeError(ExitParity)
	}
	return nil
}

func (c *parityCmd) print(e *env, t *record.Tally) error {
	if e.opts.JSON {
		return printParityJSON(e.stdout, t)
	}
	classes := t.Classes()
	for _, x := range classes[:min(len(classes), c.Max)] {
		fmt.Fprintln(e.stdout, x)
	}
	if n := len(classes) - c.Max; n > 0 {
		fmt.Fprintf(e.stdout, "and %d more classes of differences\n", n)
	}
	if len(classes) > 0 {
		fmt.Fprintln(e.stdout)
	}
	return t.Table(e.stdout)
}

type parityJSON struct {
	Recordings int                `json:"recordings"`
	Stages     []parityStageJSON  `json:"stages"`
	QParams    record.QParamCount `json:"qparams"`
	Classes    []parityClassJSON  `json:"differences"`
}

type parityStageJSON struct {
	Stage       string `json:"stage"`
	Equal       int    `json:"equal"`
	Different   int    `json:"different"`
	NotModelled int    `json:"not_modelled"`
}

type parityClassJSON struct {
	Stage    string `json:"stage"`
	Kind     string `json:"kind"`
	Operator string `json:"operator,omitempty"`
	Count    int    `json:"count"`
	First    int    `json:"first"`
	Model    string `json:"model"`
	Config   string `json:"config"`
	Node     string `json:"node,omitempty"`
	Got      string `json:"got"`
	Want     string `json:"want"`
}

func printParityJSON(w io.Writer, t *record.Tally) error {
	out := parityJSON{Recordings: t.Recordings, QParams: t.QP, Classes: []parityClassJSON{}}
	for s := range record.NumStages {
		c := t.Totals[s]
		out.Stages = append(out.Stages, parityStageJSON{s.String(), c[record.Equal], c[record.Different], c[record.NotModelled]})
	}
	for _, c := range t.Classes() {
		x := c.Example
		out.Classes = append(out.Classes, parityClassJSON{
			c.Stage.String(), c.Kind, c.Operator, c.Count, c.Roots, x.Model,
			x.Config, x.Node, x.Got, x.Want,
		})
	}
	return printJSON(w, out)
}

func printJSON(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}
