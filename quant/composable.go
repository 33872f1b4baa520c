package quant

import "seam/model"

// composable annotates as _TOSAQuantizerV2 does: the quantizers of set_io, the global pattern quantizer, then the quantizer
// of shared specs.
//
//	source  backends/arm/quantizer/arm_quantizer.py: _TOSAQuantizerV2.quantizers
func (a *annotator) composable(list []Override) {
	for i := len(list) - 1; i >= 0; i-- {
		a.module(list[i])
	}
	if a.cfg.HasIO || a.cfg.NoIO {
		a.composableIO()
	}
	a.args = a.cfg.Args
	(&matcher{annotator: a, nodes: a.nodesOf(func(*model.Node) bool { return true })}).run()
	for i := range a.g.Len() {
		n := model.NodeID(i)
		if !a.done[n] && a.isShareable(n) && a.stop == nil {
			a.shareFrom(n)
		}
	}
	for i := range a.g.Len() {
		n := model.NodeID(i)
		if !a.done[n] && a.g.Node(n).Kind == model.Call && a.notes[n].Text == "" {
			a.notes[n].Text = "no pattern and no shared-qspec list of the composable annotator holds " + a.g.Node(n).Target
		}
	}
}

// module annotates the nodes of one per-module setting, or takes them out.
func (a *annotator) module(o Override) {
	nodes := a.nodesOf(o.Covers)
	if !o.None {
		a.args = o.Args
		(&matcher{annotator: a, nodes: nodes}).run()
		return
	}
	for _, n := range nodes {
		if !a.matched[n] {
			a.exclude(n)
		}
	}
}

func (a *annotator) nodesOf(covers func(*model.Node) bool) []model.NodeID {
	var out []model.NodeID
	for i := range a.g.Len() {
		if n := model.NodeID(i); covers(a.g.Node(n)) {
			out = append(out, n)
		}
	}
	return out
}

// exclude notes that n is not to be quantized.
//
//	source  backends/arm/quantizer/arm_quantizer_utils.py: PatternQuantizer.annotate_match, without a config
func (a *annotator) exclude(n model.NodeID) {
	for _, p := range a.g.In(n) {
		if a.isFloat(p) {
			a.setIn(p, n, QSpec{Kind: NullSpec})
		}
	}
	a.matched[n], a.done[n] = true, true
	if a.g.Node(n).Kind == model.Call {
		a.mark(n, model.MarkedFloat)
		a.notes[n].Text = "a setting without quantization config covers it"
	}
}

// isShareable says whether the shared-qspec list holds n's operator.
func (a *annotator) isShareable(n model.NodeID) bool {
	op := a.op(n)
	return a.in.shared.Has(op) || a.in.concat.Has(op)
}

func (a *annotator) composableIO() {
	for i := range a.g.Len() {
		n := model.NodeID(i)
		k := a.g.Node(n).Kind
		if k != model.Placeholder && k != model.Output {
			continue
		}
		if a.matched[n] {
			continue
		}
		if a.cfg.NoIO {
			a.exclude(n)
			continue
		}
		a.matched[n] = true
		a.annotateEnd(n, a.cfg.IO.act())
	}
}

// annotateEnd gives a placeholder its output spec, or the output node its inputs' specs.
func (a *annotator) annotateEnd(n model.NodeID, q QSpec) {
	if a.g.Node(n).Kind == model.Placeholder {
		if a.isFloat(n) {
			a.setOut(n, q)
		}
	} else {
		for _, p := range a.g.In(n) {
			if a.isFloat(p) {
				a.setIn(p, n, q)
			}
		}
	}
	a.done[n], a.allow[n] = true, true
}

// matcher finds chains of adjacent nodes that the pattern list holds.
//
//	source  backends/cortex_m/quantizer/pattern_matcher.py: PatternMatcher
type matcher struct {
	*annotator
	nodes []model.NodeID // those that the setting is for
	queue []model.NodeID
}

// longest is the length of the longest pattern.
const longest = 3

func (m *matcher) run() {
	for i, n := range m.nodes {
		m.queue = append(m.queue, n)
		users := m.g.Users(n)
		if len(users) != 1 || i+1 == len(m.nodes) || users[0] != m.nodes[i+1] {
			for len(m.queue) > 0 {
				m.dequeue()
			}
		} else if len(m.queue) >= longest {
			m.dequeue()
		}
	}
	for len(m.queue) > 0 {
		m.dequeue()
	}
}

// dequeue tries the patterns at the queue's front, longest first, and takes the accepted nodes out, or one node.
func (m *matcher) dequeue() {
	for limit := len(m.queue); ; {
		k := m.matchLen(limit)
		if k == 0 {
			m.queue = m.queue[1:]
			return
		}
		if why := m.validate(m.queue[:k]); why == "" {
			m.accept(m.queue[:k])
			m.queue = m.queue[k:]
			return
		} else if n := m.queue[0]; m.notes[n].Text == "" {
			m.notes[n].Text = why
		}
		limit = k - 1
	}
}

// matchLen is the length of the longest pattern that starts at the front and has at most limit nodes.
func (m *matcher) matchLen(limit int) int {
	if limit == 0 {
		return 0
	}
	if k := m.g.Node(m.queue[0]).Kind; k == model.Placeholder || k == model.Output {
		return 1
	}
	head := m.in.conv.Has(m.op(m.queue[0]))
	at := func(i int, set OpSet) bool { return i < limit && set.Has(m.op(m.queue[i])) }
	switch {
	case head && at(1, m.in.batchNorm) && at(2, m.in.relu):
		return 3
	case head && (at(1, m.in.batchNorm) || at(1, m.in.relu)):
		return 2
	case head || m.isSingle(m.op(m.queue[0])):
		return 1
	}
	return 0
}

func (m *matcher) isSingle(op model.OpID) bool {
	return m.in.oneToOne.Has(op) || m.in.single.Has(op) || m.in.arithmetic.Has(op) || m.in.cast.Has(op)
}

// Upstream's texts for patterns that are not annotated.
const (
	textAlready  = "Tried annotating already quantized node."
	textLarge    = "Tried annotating a large constant scalar value that is not supported for quantization."
	textPattern  = "Tried annotating unsupported configuration of operators"
	textConfig   = "Tried annotating unsupported quantization config"
	textNoFloats = "No float inputs nor outputs to annotate"
	textNoSpec   = "All inputs and outputs to these nodes are non-quantized."
	textUint8    = "Shared-qspec bridge cluster touches uint8 model IO."
)

// validate is "" if the matched nodes may be annotated, else upstream's text.
func (m *matcher) validate(nodes []model.NodeID) string {
	for _, n := range nodes {
		if m.matched[n] {
			return textAlready
		}
	}
	for _, n := range nodes {
		if m.isLargeScalar(n) {
			return textLarge
		}
	}
	first, last := nodes[0], nodes[len(nodes)-1]
	if m.g.Node(first).Kind != model.Call {
		return ""
	}
	switch op := m.op(last); {
	case len(nodes) > 1 && m.in.relu.Has(op):
		if m.rules.Release > "1.3.1" && !m.fusedMinZero(last) {
			return textPattern
		}
		if m.args.act().Scheme != PerTensorAffine {
			return textConfig
		}
	case len(nodes) == 1 && m.in.arithmetic.Has(op):
		for _, p := range m.g.In(first) {
			if t, ok := m.g.Node(p).Type.First(); !ok || !t.DType.IsFloat() {
				return textPattern
			}
		}
	case len(nodes) == 1 && m.in.cast.Has(op):
		if !m.castable(first) {
			return textPattern
		}
	}
	return ""
}

// fusedMinZero says whether a hardtanh behind a convolution clamps at 0; a missing bound counts as -1.
func (m *matcher) fusedMinZero(n model.NodeID) bool {
	x := m.g.Node(n)
	if x.Target != "aten.hardtanh.default" && x.Target != "aten.hardtanh_.default" {
		return true
	}
	v, ok := x.Arg(1).Number()
	return ok && v == 0
}

// castable says whether the annotator takes a cast: between small integers, from one to float, or between equal floats.
func (m *matcher) castable(n model.NodeID) bool {
	in := m.g.In(n)
	out := m.g.Node(n).Type
	if len(in) == 0 || !out.IsTensor() || !m.g.Node(in[0]).Type.IsTensor() {
		return false
	}
	from, to := m.g.Node(in[0]).Type.T.DType, out.T.DType
	small := func(d model.DType) bool { return d == model.Int8 || d == model.Int16 || d == model.Int32 }
	return small(from) && (small(to) || to.IsFloat()) || from == to && from.IsFloat()
}

// accept annotates the nodes of a match.
//
//	source  backends/arm/quantizer/arm_quantizer_utils.py: PatternQuantizer.annotate_match
func (m *matcher) accept(nodes []model.NodeID) {
	inMatch := func(n model.NodeID) bool {
		for _, x := range nodes {
			if x == n {
				return true
			}
		}
		return false
	}
	for _, n := range nodes {
		m.matched[n] = true
		if m.g.Node(n).Kind != model.Call {
			m.annotateEnd(n, m.args.act())
			continue
		}
		for _, p := range m.g.In(n) {
			if m.isFloat(p) {
				m.input(p, n, inMatch(p))
			}
		}
		inside := false
		for _, u := range m.g.Users(n) {
			inside = inside || inMatch(u)
		}
		if !inside && m.isFloat(n) {
			if q := m.outputSpec(n); q.Kind != NoSpec {
				m.setOut(n, q)
			}
		}
		m.annotated(n)
	}
}

// annotated records that n was annotated, by the first family that holds it.
func (a *annotator) annotated(n model.NodeID) {
	a.done[n], a.allow[n] = true, true
	a.mark(n, model.MarkedQuantized)
	if f := a.rules.FamilyOf(a.op(n)); f != nil {
		a.notes[n] = Note{Rule: f.Rule, Family: f.Name}
	}
}

// input writes the spec of the edge from p into n: weight, bias or activation.
func (m *matcher) input(p, n model.NodeID, inMatch bool) {
	w, b := m.isParameter(p, n)
	switch {
	case m.rules.Release > "1.3.1" && m.g.Node(n).Target == "aten.batch_norm.default" && m.batchNormConstant(p, n):
	case w:
		m.setIn(p, n, m.weightSpec(n))
	case b:
		m.setIn(p, n, m.biasSpec(n))
	case !inMatch:
		m.setIn(p, n, m.inputSpec(p, n))
	}
}

func (m *matcher) batchNormConstant(p, n model.NodeID) bool {
	for i := 1; i <= 4; i++ {
		if x := m.g.Node(n).Arg(i); x.Kind == model.ArgNode && x.Node == p {
			return true
		}
	}
	return false
}

// isParameter says whether p is the weight or the bias of n: a constant that only parameter operators read, at position 1
// or 2. In 1.3.1 it is the first parameter input, or the second of exactly two.
//
//	source  backends/arm/quantizer/arm_quantizer_utils.py: _is_weight, _is_bias
func (m *matcher) isParameter(p, n model.NodeID) (weight, bias bool) {
	if m.rules.Release == "1.3.1" {
		return m.parameterPosition(p, n)
	}
	if m.g.Node(p).Kind != model.GetAttr {
		return false, false
	}
	weight, bias = true, true
	for _, u := range m.g.Users(p) {
		at := func(i int) bool {
			x := m.g.Node(u).Arg(i)
			return m.in.parameters.Has(m.op(u)) && x.Kind == model.ArgNode && x.Node == p
		}
		weight, bias = weight && at(1), bias && at(2)
	}
	return weight, bias
}

func (m *matcher) parameterPosition(p, n model.NodeID) (weight, bias bool) {
	var params []model.NodeID
	for _, q := range m.g.In(n) {
		x := m.g.Node(q)
		if attr, ok := m.g.Attrs.Get(x.Target); x.Kind == model.GetAttr && ok && attr.Param {
			params = append(params, q)
		}
	}
	return len(params) > 0 && params[0] == p, len(params) == 2 && params[1] == p
}

// inputSpec is the spec of an activation's edge from p into n.
//
//	source  backends/arm/quantizer/quantization_config.py: TOSAQuantizationConfig.get_input_act_qspec
func (m *matcher) inputSpec(p, n model.NodeID) QSpec {
	x := m.g.Node(n)
	op := x.Op
	switch {
	case m.in.compare.Has(op) && x.Arg(0).Kind == model.ArgNode && x.Arg(0).Node != p:
		return shared(a0(m, n))
	case m.in.gridSampler.Has(op) && (x.Arg(0).Kind != model.ArgNode || x.Arg(0).Node != p):
		return QSpec{Kind: NullSpec}
	case m.in.gridSampler.Has(op), m.in.fixedInput.Has(op):
		if q, ok := m.fixedInput(x.Target); ok {
			return q
		}
		return QSpec{Kind: NullSpec}
	}
	return m.args.act()
}

// a0 is the place of the edge from n's first argument into n.
func a0(m *matcher, n model.NodeID) Slot { return m.edge(m.g.Node(n).Arg(0).Node, n) }

// outputSpec is the spec of n's output, NoSpec for none.
//
//	source  backends/arm/quantizer/quantization_config.py: TOSAQuantizationConfig.get_output_act_qspec
func (m *matcher) outputSpec(n model.NodeID) QSpec {
	x := m.g.Node(n)
	switch {
	case m.in.gridSampler.Has(x.Op):
		q, _ := m.fixedInput(x.Target)
		return q
	case m.in.cast.Has(x.Op):
		from := m.g.Node(x.Arg(0).Node).Type
		if from.T.DType.IsFloat() {
			return shared(a0(m, n))
		}
		if q, ok := castSpec(from); ok && x.Type.T.DType == model.Float32 {
			return q
		}
	case m.in.sharedOutput.Has(x.Op) && x.Arg(0).Kind == model.ArgNode:
		return shared(a0(m, n))
	}
	return m.args.act()
}
