package pt2

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"seam/model"
)

// Program is an exported program.
type Program struct {
	Graph        *model.Graph
	Inputs       []Input  // what a caller passes, in order, scalars included
	Verifiers    []string // TRAINING, ATEN or EDGE
	TorchVersion string   // of the torch that wrote it, "" if not said
	Schema       string   // "8.20"
	Layout       string   // L1, L2 or L3
	Warnings     []string // what is odd, one line each
	Missing      []string // qualified names of the tensors whose values could not be read
}

// Input is one user input: a leaf of the flattened arguments.
type Input struct {
	Node    model.NodeID
	Name    string // of the node
	ArgName string // of the argument, as the model's author wrote it
	Type    model.Type
	Kind    model.InputKind // UserInput, or ScalarInput for a number, text or None that was fixed at capture

	Reordered bool // its axes lie in memory in another order than their own (torch.channels_last)
}

// Reordered says whether any input is. A program that is none has none.
func (p *Program) Reordered() bool {
	return p != nil && slices.ContainsFunc(p.Inputs, func(x Input) bool { return x.Reordered })
}

// Read reads the .pt2 file in r; name is the file's name in messages.
//
//	errors  *model.LoadError, one line: a container or a graph that is broken, or a zip file of another kind
func Read(r io.ReaderAt, size int64, name string) (*Program, error) {
	bud := newBudget(size)
	a, err := openArchive(r, size, bud, 1)
	if err != nil {
		return nil, &model.LoadError{Path: name, Why: err.Error()}
	}
	rd := &reader{a: a, bud: bud}
	p, err := rd.read()
	if err != nil {
		return nil, &model.LoadError{Path: name, Place: rd.place, Why: err.Error()}
	}
	return p, nil
}

// reader reads one file; place is the entry that it is at, for messages.
type reader struct {
	a     *archive
	bud   *budget
	p     *program
	place string
}

func (r *reader) read() (*Program, error) {
	if why := otherKind(r.a); why != "" {
		return nil, errors.New(why)
	}
	layout, entry, err := r.layout()
	if err != nil {
		return nil, err
	}
	if err := r.decode(entry); err != nil {
		return nil, err
	}
	if r.a.tail > 0 {
		r.p.warn("%d bytes behind the end of the zip file", r.a.tail)
	}
	w := r.weights(layout, entry)
	r.place = entry
	out := &Program{
		Verifiers: r.p.verifiers, TorchVersion: r.p.torch, Layout: layout,
		Schema: fmt.Sprintf("%d.%d", r.p.major, r.p.minor),
	}
	if err := r.p.build(out, w); err != nil {
		return nil, err
	}
	out.Warnings = r.p.warnings
	return out, nil
}

// otherKind says what a zip file is that is no .pt2, "" if it may be one.
func otherKind(a *archive) string {
	npy := len(a.names) > 0
	for _, n := range a.names {
		switch {
		case n == "ETRECORD_V0":
			return "an ETRecord; this kind is not read yet"
		case n == "program.ptg":
			return "a native program graph (.ptn); this kind is not read"
		}
		npy = npy && strings.HasSuffix(n, ".npy")
	}
	if npy {
		return "a NumPy archive (.npz), not a model"
	}
	return ""
}

const (
	oldGraph = "serialized_exported_program.json"
	models   = "models/"
)

// layout finds the layout and the entry of the graph.
func (r *reader) layout() (layout, entry string, err error) {
	if r.a.has(oldGraph) {
		return "L1", oldGraph, nil
	}
	if err := r.a.setRoot(); err != nil {
		return "", "", err
	}
	if !r.a.has("archive_format") {
		if r.a.has("data.pkl") {
			return "", "", errors.New("a torch.save file, weights without a program; export it with torch.export.save")
		}
		return "", "", errors.New("a zip file without a model")
	}
	if err := r.markers(); err != nil {
		return "", "", err
	}
	r.place = ""
	found := r.programs()
	if len(found) == 0 {
		return "", "", errors.New("no model inside; the save probably failed")
	}
	if entry = models + "model.json"; !slices.Contains(found, entry) {
		entry = found[0]
	}
	if r.a.has("data/weights/" + modelName(entry) + ".pt") {
		return "L2", entry, nil
	}
	return "L3", entry, nil
}

func (r *reader) programs() []string {
	var found []string
	for _, n := range r.a.names {
		if strings.HasPrefix(n, models) && strings.HasSuffix(n, ".json") {
			found = append(found, n)
		}
	}
	return found
}

func modelName(entry string) string {
	return strings.TrimSuffix(strings.TrimPrefix(entry, models), ".json")
}

// markers checks the small entries that say what the archive is.
func (r *reader) markers() error {
	if v, err := r.marker("archive_format"); err != nil || v != "pt2" {
		return errors.Join(err, wrong(err, "archive format %s, not pt2", v))
	}
	if v, err := r.marker("archive_version"); err != nil || v != "0" {
		return errors.Join(err, wrong(err, "archive version %s, not 0", v))
	}
	if r.a.has(".data/version") {
		v, err := r.marker(".data/version")
		if n, bad := strconv.Atoi(v); err != nil || bad != nil || n < 1 || n > 10 {
			return errors.Join(err, wrong(err, "container version %s, not 1 to 10", v))
		}
	}
	r.place = "byteorder"
	return checkByteOrder(r.a)
}

// wrong is an error about a marker's value, nil if reading it already went wrong.
func wrong(err error, format, v string) error {
	if err != nil {
		return nil
	}
	return fmt.Errorf(format, quote(v))
}

func (r *reader) marker(name string) (string, error) {
	r.place = name
	data, _, err := r.a.read(name, maxMarker)
	return strings.TrimSuffix(string(data), "\n"), err
}

// checkByteOrder refuses big-endian archives: torch reads their raw payloads wrongly, so nobody has any.
func checkByteOrder(a *archive) error {
	if !a.has("byteorder") {
		return nil
	}
	data, _, err := a.read("byteorder", maxMarker)
	if err == nil && string(data) != "little" {
		err = fmt.Errorf("byte order %s, not little", quote(string(data)))
	}
	return err
}

// decode reads the graph's JSON.
func (r *reader) decode(entry string) error {
	r.place = entry
	data, sumOK, err := r.a.read(entry, maxJSON)
	if err != nil {
		return err
	}
	if !sumOK {
		return errors.New("checksum error: the entry was damaged")
	}
	if r.p, err = decodeProgram(data, r.bud); err != nil {
		return err
	}
	r.p.dec.data = nil
	r.bud.give(int64(len(data)))
	if n := len(r.programs()); n > 1 {
		r.p.warn("%d programs inside; %s is read", n, quote(modelName(entry)))
	}
	return nil
}

// weights reads the tensors. What goes wrong here leaves tensors without data, not a file unread.
func (r *reader) weights(layout, entry string) weights {
	var w weights
	if layout == "L1" {
		w.state = r.state("serialized_state_dict.pt", "serialized_state_dict.json")
		w.constants = r.state("serialized_constants.pt", "serialized_constants.json")
		return w
	}
	name := modelName(entry)
	w.state = r.side("data/weights/", name+".pt", name+"_weights_config.json", name+"_model_param_config.json")
	w.constants = r.side("data/constants/", name+".pt", name+"_constants_config.json", name+"_model_constants_config.json")
	if !r.a.has("data/sample_inputs/" + name + ".pt") {
		r.p.warn("no sample inputs; torch refuses to load such a file")
	}
	return w
}

// side reads one of the two maps of L2 and L3: a torch.save file if there is one, else a payload config.
func (r *reader) side(dir, save string, configs ...string) map[string]stored {
	if r.a.has(dir + save) {
		return r.state(dir + save)
	}
	for _, c := range configs {
		if r.a.has(dir + c) {
			m, err := r.p.readPayloads(r.a, dir, c)
			if err != nil {
				r.p.warn("%s: %v; its tensors have no values", quote(dir+c), err)
			}
			return m
		}
	}
	r.p.warn("%s: not in the file; its tensors have no values", quote(dir+configs[0]))
	return nil
}

func (r *reader) state(entries ...string) map[string]stored {
	for _, e := range entries {
		if r.a.has(e) {
			m, err := r.p.readState(r.a, e)
			if err != nil {
				r.p.warn("%s: %v; its tensors have no values", quote(e), err)
			}
			return m
		}
	}
	r.p.warn("%s: not in the file; its tensors have no values", quote(entries[0]))
	return nil
}
