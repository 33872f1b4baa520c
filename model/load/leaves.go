package load

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"

	"seam/model"
)

// leaf describes one flattened input of a calibration file.
type leaf struct {
	Key   string
	Kind  string // tensor, int, float, bool, str, none or dtype
	DType string
}

// tree says how the flattened inputs make up the arguments; exactly one field is set.
type tree struct {
	Tuple []tree
	List  []tree
	Dict  [][2]json.RawMessage // [key, tree] pairs
	Leaf  *int
}

const (
	maxDescription = 16 << 20
	maxTree        = 64
)

// readLeaves reads the description beside a calibration file: the leaves in the order in which the tree has them. There
// being none is no error, and no leaves.
func readLeaves(path string) ([]leaf, error) {
	st, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) || err == nil && (!st.Mode().IsRegular() || st.Size() > maxDescription) {
		return nil, nil
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, &model.LoadError{Path: path, Why: reason(err)}
	}
	var d struct {
		Inputs *tree
		Leaves []leaf
	}
	if err := json.Unmarshal(data, &d); err != nil {
		return nil, &model.LoadError{Path: path, Why: err.Error()}
	}
	if d.Inputs == nil || d.Leaves == nil {
		return nil, nil // some other file of that name
	}
	order, err := d.Inputs.order(nil, 0)
	if err != nil {
		return nil, &model.LoadError{Path: path, Place: "inputs", Why: err.Error()}
	}
	out := make([]leaf, len(order))
	for i, j := range order {
		if j < 0 || j >= len(d.Leaves) {
			return nil, &model.LoadError{Path: path, Place: "inputs", Why: "a leaf that is not described"}
		}
		out[i] = d.Leaves[j]
	}
	return out, nil
}

// order is the numbers of the leaves, depth first.
func (t *tree) order(out []int, depth int) ([]int, error) {
	if depth > maxTree {
		return nil, errors.New("nested too deep")
	}
	if t.Leaf != nil {
		return append(out, *t.Leaf), nil
	}
	var err error
	for _, kids := range [][]tree{t.Tuple, t.List} {
		for i := range kids {
			if out, err = kids[i].order(out, depth+1); err != nil {
				return nil, err
			}
		}
	}
	for _, pair := range t.Dict {
		var kid tree
		if err := json.Unmarshal(pair[1], &kid); err != nil {
			return nil, err
		}
		if out, err = kid.order(out, depth+1); err != nil {
			return nil, err
		}
	}
	return out, nil
}
