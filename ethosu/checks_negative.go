package ethosu

// The texts that older releases have for a symbolic shape.
const (
	symbolicText131 = "Node has symbolic shape but the TOSA spec does not support the shape extension."
	symbolicText141 = "Node has symbolic shape, has the TOSA spec shape extension support?"
)

// negativeChecks can only refuse, in upstream's order. A check that stands elsewhere in an older release has two rows.
var negativeChecks = []check{
	{id: "P-INT64", where: inMain + "CheckInt64InputsAndOutputs", until: "1.3.1", run: int64Check},
	{
		id: "P-RANK", where: inMain + "RankCheck", run: rankCheck,
		needs:   "inputs and outputs of rank 6 or less",
		satisfy: "merge dimensions with view before the operator",
	},
	{
		id: "P-ARGMAX", where: inMain + "CheckKnownUnsupportedTOSASemantics", since: "1.4.1",
		on: []string{"aten.argmax.default"}, run: argmaxUsers,
		needs:   "users that all cast the result to int32",
		satisfy: "argmax(...).to(torch.int32)",
	},
	{
		id: "P-INT64", where: inMain + "CheckInt64InputsAndOutputs", since: "1.4.1", run: int64Check,
		needs:   "no int64 value, but for constants within int32 that are cast at once",
		satisfy: "int32 inputs and indices; a cast of a user's int64 input stays on the CPU",
	},
	{
		id: "P-SCALAR-REDUCTION", where: inMain + "CheckScalarReductionInputs", since: "1.5.1",
		on: []string{"@scalar_reduction_check"}, run: scalarReduction,
		needs:   "an input with at least one dimension",
		satisfy: "leave the reduction of a scalar out",
	},
	{
		id: "P-RESOLVED-SHAPES", where: inMain + "CheckResolvedTensorShapes", since: "1.5.1", run: resolvedShapes,
		needs:   "sizes that are numbers, of the node and its inputs",
		satisfy: "export without dynamic_shapes, or with the size fixed",
	},
	{
		id: "P-ARM-QUANTIZED", where: inMain + "CheckArmQuantized", run: armQuantized,
		needs:   "the quantizer's mark, or integers in and out",
		satisfy: "an operator that the annotator knows, and a quantization config that covers the module",
	},
	{
		id: "P-PROPER-QUANTIZATION", where: inMain + "CheckProperQuantization", on: []string{"@check7_target"},
		run:     properQuantization,
		needs:   "a dequantize in front of every input and a quantize behind every use, or a fuseable activation between",
		satisfy: "quantize the neighbours too; an activation with an upper bound needs an output range that ends at the bound",
	},
	{
		id: "P-DTYPE", where: inMain + "CheckDtypeInputsAndOutputs", run: dtypeCheck,
		needs:   "no float64, complex, bfloat16 or float8 value, and on U55 and U65 no bool",
		satisfy: "float32 models; comparisons on U85, or arithmetic in their place",
	},
	{
		id: "P-U55-UNSUPPORTED", where: inU55 + "EthosU55NotSupported", u55: true, on: []string{"@u55_unsupported"},
		run:     func(*ask) verdict { return no("Op is not supported on U55.") },
		needs:   "an operator that the U55 can run",
		satisfy: "U85, or other operators: slices for gather, arithmetic for comparisons, nearest for bilinear",
	},
	{
		id: "P-U55-RESIZE", where: inU55 + "EthosU55ResizeCheck", u55: true, since: "1.5.1",
		on: []string{"aten.upsample_nearest2d.vec"}, run: u55Resize,
		needs:   "batch 1 and an upscale by 2, 4 or 8 on both axes",
		satisfy: "a scale factor of 2, 4 or 8, more than one if need be; or a transposed convolution; or U85",
	},
	{
		id: "P-U55-REVERSE", where: inU55 + "EthosU55ReverseCheck", u55: true, since: "1.5.1",
		on: []string{
			"aten.flip.default", "aten.reflection_pad1d.default", "aten.reflection_pad2d.default", "aten.reflection_pad3d.default",
		},
		run:     u55Reverse,
		needs:   "a flip of one of dimensions 1 and 2 of a rank-4 tensor; reflection padding smaller than the dimension",
		satisfy: "permute so that the flipped dimension is 1 or 2, or U85",
	},
	{
		id: "P-U55-UNFOLD", where: inU55 + "EthosU55UnfoldCopyCheck", u55: true, since: "1.5.1",
		on: []string{"aten.unfold_copy.default"}, run: u55Unfold,
		needs:   "static sizes, no bool, at most 16 windows",
		satisfy: "a larger step or fewer windows, or U85",
	},
	{id: "P-U55-DTYPE", where: inU55 + "EthosU55DtypeSupport", u55: true, run: u55Users},
	{
		id: "P-U55-DTYPE", where: inU55 + "EthosU55DtypeSupport", u55: true, on: []string{"@u55_i8i16i32"}, run: u55Int8To32,
		needs: "the dtypes that the U55 has for the operator: int8, int16 and int32 for data movement; int8 and int16 for tables, " +
			"amax and amin; int8 or int16 input, int8 weight and int32 bias for convolution; int8 for mm and bmm",
		satisfy: "quantize to int8; a16w8 is not for mm and bmm on U55",
	},
	{id: "P-U55-DTYPE", where: inU55 + "EthosU55DtypeSupport", u55: true, on: []string{"@u55_i8i16"}, run: u55Int8To16},
	{id: "P-U55-DTYPE", where: inU55 + "EthosU55DtypeSupport", u55: true, on: []string{"@u55_conv"}, run: u55Conv},
	{id: "P-U55-DTYPE", where: inU55 + "EthosU55DtypeSupport", u55: true, on: []string{"@u55_i8 inputs"}, run: u55Matmul},
	{
		id: "P-U55-CAST", where: inU55 + "EthosU55CastCheck", u55: true, on: []string{"dim_order_ops._to_dim_order_copy.default"},
		run:     u55Cast,
		needs:   "a cast that neither starts at bool or int32 nor ends at bool",
		satisfy: "keep the value in int8 or int16, or U85",
	},
	{
		id: "P-SYMBOLIC-SHAPE", where: inMain + "SymbolicShapeSupportCheck", until: "1.4.1", run: symbolicShape,
		needs:   "sizes that are numbers, of the node and its inputs",
		satisfy: "export without dynamic_shapes, or with the size fixed",
	},
	{
		id: "P-SYMBOLIC-ARGS", where: inMain + "SymbolicShapeSupportCheck", since: "1.5.1", run: symbolicArgs,
		needs:   "arguments that are numbers, and numbers for the sizes that mean, squeeze, pad and slice work on",
		satisfy: "export without dynamic_shapes, or with the size fixed",
	},
}
