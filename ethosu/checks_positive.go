package ethosu

// positiveChecks can accept a node: the profile's list, the registered checkers in upstream's order of registration, and two
// for what a later pass rewrites.
var positiveChecks = []check{
	{
		id: "P-CONTROL-FLOW", where: inSupport + "control_flow_support.py: ControlFlowOpSupported", positive: true,
		on: []string{"higher_order.cond", "higher_order.while_loop"}, run: controlFlow,
		needs:   "the control-flow extension of the target's specification, and bodies that lie in one partition each",
		satisfy: "Ethos-U85 and bodies that it takes whole; or a model without cond and while_loop",
	},
	{
		id: "P-BASE-TOSA", where: inMain + "tosa_support_factory",
		needs:   "an operator of the INT profile's list, or one that has a support check of its own",
		satisfy: "an operator of the list; the quantizer's transforms rewrite many others, if it quantizes the node",
	},
	{
		id: "P-INT-LIST", where: inMain + "TOSAProINTSupportList", positive: true, on: []string{"@int_list"}, run: accept,
		needs:   "an operator of the INT profile's list",
		satisfy: "nothing more: listed operators pass",
	},
	{
		id: "P-PRODUCT", where: inMain + "ProductSupported", positive: true, since: "1.5.1",
		on: []string{"aten.prod.dim_int"}, run: product,
		needs:   "the FP profile, which no Ethos-U has",
		satisfy: "write the product as a chain of mul over slices",
	},
	{
		id: "P-AS-STRIDED", where: inSupport + "as_strided_copy_support.py: AsStridedCopySupported", positive: true,
		on: []string{"aten.as_strided_copy.default"}, run: asStrided,
		needs:   "static sizes and strides, offset 0, strides of a contiguous tensor",
		satisfy: "use view, slice, select or permute instead of as_strided",
	},
	{
		id: "P-CLONE", where: inSupport + "clone_dim_order_support.py: CloneSupported", positive: true,
		on: []string{"dim_order_ops._clone_dim_order.default"}, run: clone,
		needs:   "one tensor in, one of the same dtype out",
		satisfy: "clone without a change of dtype",
	},
	{
		id: "P-CONV", where: inSupport + "convolution_support.py: ConvolutionSupported", positive: true,
		on: []string{"aten.convolution.default"}, run: convolution,
		needs: "no output padding; a transposed one: two spatial dimensions, dilation 1, padding below the kernel's size, and " +
			"no groups with weights quantized per channel",
		satisfy: "grouped transposed weights: is_per_channel=False; three dimensions: two transposed convolutions of two",
	},
	{
		id: "P-CONV-U55", where: inSupport + "convolution_support.py: ConvolutionSupported._is_node_supported_u55", u55: true,
		needs: "strides up to 3, or no padding and dilation 1; a kernel up to 64 wide and 4096 in all; extents up to 65536; a " +
			"transposed one: stride 1 or 2 on both axes",
		satisfy: "stride 4 is over 3: pad with a separate operator, or use two convolutions, or U85; a kernel wider than 64: " +
			"split it or transpose the image",
	},
	{
		id: "P-CONV", where: inSupport + "convolution_support.py: ConvolutionSupported", positive: true, since: "1.4.1",
		on: []string{"aten.conv_transpose2d.input"}, run: convolution,
	},
	{
		id: "P-EMBEDDING", where: inSupport + "embedding_support.py: EmbeddingSupported", positive: true,
		on: []string{"aten.embedding.default"}, run: embedding,
		needs:   "int32 indices",
		satisfy: "pass int32 indices, or let the quantizer rewrite the embedding",
	},
	{
		id: "P-GATHER", where: inSupport + "gather_support.py: GatherSupported", positive: true,
		on: []string{"aten.gather.default"}, run: gather,
		needs:   "int32 indices, dim 1, ranks 2 or 3, equal batch sizes",
		satisfy: "move the gathered dimension to place 1, and cast the indices to int32",
	},
	{
		id: "P-INDEX-PUT", where: inSupport + "index_put_support.py: IndexPutSupported", positive: true,
		on: []string{"aten.index_put.default"}, run: indexPut,
		needs:   "integer indices, or one bool mask with a scalar value and no accumulation",
		satisfy: "write a masked assignment as where",
	},
	{
		id: "P-INDEX-SELECT", where: inSupport + "index_select_support.py: IndexSelectSupported", positive: true,
		on: []string{"aten.index_select.default"}, run: indexSelect,
		needs:   "an int32 index of rank 1 and a tensor of rank 1 or more",
		satisfy: "cast the index to int32",
	},
	{
		id: "P-INDEX", where: inSupport + "index_tensor_support.py: IndexTensorSupported", positive: true,
		on: []string{"aten.index.Tensor"}, run: indexTensor,
		needs:   "an index for every leading dimension, and fewer than 2^31 elements",
		satisfy: "permute the indexed dimension to the front, or use index_select",
	},
	{
		id: "P-AVG-POOL", where: inSupport + "pool_2d_support.py: AvgPool2dSupported", positive: true,
		on: []string{"aten.avg_pool2d.default"}, run: avgPool,
		needs: "on U55 and U65: batch 1, strides up to 3, kernel up to 256 wide and 65536 in all, up to 8 with padding that " +
			"is not counted",
		satisfy: "a stride over 3: two poolings, or mean over the window's dimensions, or U85; batch over 1: export with batch 1",
	},
	{
		id: "P-MAX-POOL", where: inSupport + "pool_2d_support.py: MaxPool2dSupported", positive: true,
		on: []string{"aten.max_pool2d_with_indices.default", "aten.max_pool2d.default"}, run: maxPool,
		needs:   "rank 3 or 4; stride 1 where the dilation is over 1",
		satisfy: "a dilation of 1, or a stride of 1",
	},
	{
		id: "P-MAX-POOL-U55", where: inSupport + "pool_2d_support.py: MaxPool2dSupported", u55: true,
		needs:   "strides up to 3, a kernel up to 256 wide and 65536 in all, extents up to 65536",
		satisfy: "a stride over 3: make it equal to the kernel and drop the padding, or two poolings, or U85",
	},
	{
		id: "P-SUM", where: inSupport + "reduce_sum_support.py: SumSupported", positive: true,
		on: []string{"aten.sum.dim_IntList"}, run: sum,
		needs:   "on U55 and U65: the summed dimension, and the products of those before and after it, within 65536",
		satisfy: "reshape, and sum in two steps",
	},
	{
		id: "P-RIGHT-SHIFT", where: inSupport + "right_shift_support.py: RightShiftSupported", positive: true,
		on: []string{"aten.bitwise_right_shift.Tensor", "aten.__rshift__.Scalar"}, run: accept,
		needs: "nothing more", satisfy: "nothing more: right shifts pass",
	},
	{
		id: "P-SLICE", where: inSupport + "slice_copy_support.py: SliceCopySupported", positive: true,
		on: []string{"aten.slice_copy.Tensor"}, run: sliceCopy,
		needs:   "a start and an end, a positive step, and a dtype that the specification has",
		satisfy: "cast int64 to int32 before slicing",
	},
	{
		id: "P-CAST", where: inSupport + "to_dim_order_copy_support.py: ToCopySupported", positive: true,
		on: []string{"dim_order_ops._to_dim_order_copy.default"}, run: toCopy,
		needs:   "a cast between bool, int8, int16 and int32, or from int64 to one of them",
		satisfy: "cast outside the model, or where the value is already an integer",
	},
	{
		id: "P-UNFOLD", where: inSupport + "unfold_copy_support.py: UnfoldCopySupported", positive: true,
		on: []string{"aten.unfold_copy.default"}, run: unfold,
		needs:   "positive size and step, and a dimension at least as long as the window",
		satisfy: "pad the dimension, or write the windows as slices",
	},
	{
		id: "P-NEAREST", where: inSupport + "upsample_support.py: UpsampleNearest2dSupported", positive: true,
		on: []string{"aten.upsample_nearest2d.vec"}, run: nearest,
		needs:   "a constant ratio that TOSA's RESIZE can express",
		satisfy: "a fixed size or scale factor; a downscale over 1/16: two steps, or pooling",
	},
	{
		id: "P-BILINEAR", where: inSupport + "upsample_support.py: UpsampleBilinear2dSupported", positive: true,
		on: []string{"aten.upsample_bilinear2d.vec"}, run: bilinear,
		needs:   "a constant ratio that TOSA's RESIZE can express",
		satisfy: "a fixed size or scale factor; a downscale over 1/16: two steps, or pooling",
	},
	{
		id: "P-WHERE", where: inSupport + "where_support.py: WhereSupported", positive: true,
		on: []string{"aten.where.self"}, run: where,
		needs:   "three different inputs: a bool condition and two integer or dequantized tensors",
		satisfy: "let the quantizer quantize both values; do not use one tensor twice",
	},
	{
		id: "P-BILINEAR-BOUNDARY", where: "tosa/partitioner.py: DecomposableResizeSupported", positive: true, since: "1.4.1",
		on: []string{"aten.upsample_bilinear2d.vec"}, run: bilinearBoundary,
		needs:   "a bilinear downscale by exactly 16 on both axes, which a later pass makes an average pooling",
		satisfy: "scale factor 1/16 on both axes, align_corners=False",
	},
	{
		id: "P-MAX-POOL-STRIDE", where: "tosa/partitioner.py: DecomposableLargeStrideMaxPool2dForU55Supported", positive: true,
		since: "1.5.1", u55: true,
		on:  []string{"aten.max_pool2d_with_indices.default", "aten.max_pool2d.default"},
		run: largeStridePool,
		needs: "a max pooling with a stride over 3 that equals the kernel, without padding, dilation or ceil_mode, which a later " +
			"pass makes two reductions",
		satisfy: "kernel and stride alike, no padding",
	},
}

// accept takes every node it is asked about.
func accept(*ask) verdict { return pass }
