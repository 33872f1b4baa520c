package model

// EvalClass is how an operator is evaluated in float: which kernel family of model/eval.
type EvalClass uint8

// The kernel families. NoEval: seam cannot evaluate the operator, and what depends on its values is "?".
const (
	NoEval      EvalClass = iota
	EvConv                // convolutions, 1 to 3 dimensions, transposed too
	EvLinear              // linear, addmm
	EvMatmul              // matmul, mm, bmm
	EvUnary               // one tensor, element by element
	EvBinary              // two operands, broadcast
	EvCompare             // two operands, bool result
	EvClamp               // relu, hardtanh, clamp: bounds from the arguments
	EvPool                // average and maximum pooling
	EvReduce              // sum, mean, amax ... over dimensions
	EvSoftmax             // softmax, log_softmax
	EvNorm                // batch, layer and group norm
	EvReshape             // same elements in the same order
	EvPermute             // permute, transpose, t, movedim
	EvSlice               // slice, select, narrow
	EvExpand              // expand, repeat, tile
	EvCat                 // cat and its spellings, stack
	EvSplit               // split, chunk, unbind
	EvIndex               // gather, index, index_select, embedding
	EvScatter             // index_put, copies into a place
	EvFill                // full, zeros, ones, arange and the like
	EvIdentity            // dropout in eval mode, clone, contiguous, alias, detach
	EvGetitem             // one result of several
	EvPad                 // pad, constant_pad_nd
	EvResize              // upsample, pixel_shuffle
	EvWhere               // where, masked_fill
	EvCast                // to.dtype and the like
	EvScan                // cumsum, cumprod
	EvSort                // sort, topk
	EvRecurrent           // rnn, lstm, gru: layers and cells
	EvFused               // attention, glu: several elementary operators in one
	EvControl             // cond, while_loop
	EvSym                 // symbolic sizes and Python's arithmetic on them
	EvNothing             // checks that have no result
	NumEvalClasses
)

// EdgeClass is how an operator becomes edge operators: which rule of package tosa.
type EdgeClass uint8

// The lowering rules. NoEdge: seam does not model it.
const (
	NoEdge      EdgeClass = iota
	EdSame                // the same operator with the same arguments
	EdRename              // another operator with the same arguments (the row's Into)
	EdReflected           // another operator with its two operands the other way round (the row\'s Into)
	EdInPlace             // the functional twin, whose result takes the place of what was written to
	EdKept                // kept where the partitioner asks for it, elsewhere as EdDecomp
	EdDecomp              // elementary operators: package tosa's table of decompositions
	EdConv                // aten.convolution with nine arguments
	EdLinear              // linear, kept between Q and DQ, else permute and addmm
	EdClone               // dim_order_ops._clone_dim_order
	EdCopy                // a copying view of the source graph: the view and a clone
	EdView                // view_copy
	EdReshape             // view_copy with resolved sizes, a clone in front if the strides do not allow a view
	EdPermute             // permute_copy
	EdSlice               // slice_copy, nothing where it takes all
	EdSelect              // select_copy
	EdExpand              // expand_copy
	EdSqueeze             // squeeze_copy.dims
	EdMaxPool             // max_pool2d_with_indices and getitem
	EdPool1D              // a pool in two dimensions between unsqueeze and squeeze
	EdStack               // cat and view_copy
	EdSplit               // split_with_sizes_copy
	EdSum                 // sum.dim_IntList
	EdGetitem             // one result of several
	EdQDQ                 // quantize and dequantize
	EdCast                // dim_order_ops._to_dim_order_copy, nothing where the type stays
	EdFill                // full and full_like
	EdSym                 // symbolic sizes: kept, or numbers where they are bound
	EdControl             // cond and while_loop, with their bodies
	EdNothing             // a check, left out
	NumEdgeClasses
)
