package tosa

import (
	"strings"

	"seam/model"
	"seam/tosa/fb"
)

// attrKind says how an attribute is kept: in the file, and as a keyword of the operator's node.
type attrKind uint8

const (
	attrInt   attrKind = iota // int32; a number
	attrInts                  // [int32]; a list of numbers
	attrBool                  // bool
	attrDType                 // an enumeration's name, as a constant argument
	attrNaN
	attrRound
	attrResize
	attrBlock
	attrBytes  // [ubyte]: a number of the result's type (CLAMP), or in hexadecimal
	attrString // string
)

// attrRow is one field of an operator's attribute table. Fields are in the order of their slots.
type attrRow struct {
	Name string
	Kind attrKind
}

// opAttrs is the attribute tables that have fields.
type opAttrs struct {
	Op   fb.Op
	Rows []attrRow
}

var (
	poolRows   = []attrRow{{"kernel", attrInts}, {"stride", attrInts}, {"pad", attrInts}}
	convRows   = []attrRow{{"pad", attrInts}, {"stride", attrInts}, {"dilation", attrInts}, {"local_bound", attrBool}, {"acc_type", attrDType}}
	axisRows   = []attrRow{{"axis", attrInt}}
	axisNaN    = []attrRow{{"axis", attrInt}, {"nan_mode", attrNaN}}
	nanRows    = []attrRow{{"nan_mode", attrNaN}}
	blockRows  = []attrRow{{"block_size", attrBlock}}
	accRows    = []attrRow{{"acc_type", attrDType}}
	attrTables = [...]opAttrs{
		{fb.OpARGMAX, axisNaN},
		{fb.OpAVG_POOL2D, append(poolRows[:3:3], accRows...)},
		{fb.OpCONV2D, convRows},
		{fb.OpCONV3D, convRows},
		{fb.OpDEPTHWISE_CONV2D, convRows},
		{fb.OpFFT2D, []attrRow{{"inverse", attrBool}, {"local_bound", attrBool}}},
		{fb.OpMAX_POOL2D, append(poolRows[:3:3], nanRows...)},
		{fb.OpRFFT2D, []attrRow{{"local_bound", attrBool}}},
		{fb.OpTRANSPOSE_CONV2D, []attrRow{{"out_pad", attrInts}, {"stride", attrInts}, {"local_bound", attrBool}, {"acc_type", attrDType}}},
		{fb.OpCLAMP, []attrRow{{"min_val", attrBytes}, {"max_val", attrBytes}, {"nan_mode", attrNaN}}},
		{fb.OpARITHMETIC_RIGHT_SHIFT, []attrRow{{"round", attrBool}}},
		{fb.OpMAXIMUM, nanRows},
		{fb.OpMINIMUM, nanRows},
		{fb.OpREDUCE_ALL, axisRows},
		{fb.OpREDUCE_ANY, axisRows},
		{fb.OpREDUCE_MAX, axisNaN},
		{fb.OpREDUCE_MIN, axisNaN},
		{fb.OpREDUCE_PRODUCT, axisRows},
		{fb.OpREDUCE_SUM, axisRows},
		{fb.OpCONCAT, axisRows},
		{fb.OpREVERSE, axisRows},
		{fb.OpTRANSPOSE, []attrRow{{"perms", attrInts}}},
		{fb.OpRESIZE, []attrRow{{"mode", attrResize}}},
		{fb.OpRESCALE, []attrRow{
			{"scale32", attrBool},
			{"rounding_mode", attrRound},
			{"per_channel", attrBool},
			{"input_unsigned", attrBool},
			{"output_unsigned", attrBool},
		}},
		{fb.OpCUSTOM, []attrRow{{"operator_name", attrString}, {"domain_name", attrString}, {"implementation_attrs", attrBytes}}},
		{fb.OpCOND_IF, []attrRow{{"then_graph", attrString}, {"else_graph", attrString}}},
		{fb.OpWHILE_LOOP, []attrRow{{"cond_graph", attrString}, {"body_graph", attrString}}},
		{fb.OpMATMUL_T_BLOCK_SCALED, blockRows},
		{fb.OpCAST_FROM_BLOCK_SCALED, blockRows},
		{fb.OpCAST_TO_BLOCK_SCALED, blockRows},
		{fb.OpCONV2D_BLOCK_SCALED, blockRows},
		{fb.OpMAX_POOL2D_ADAPTIVE, nanRows},
		{fb.OpAVG_POOL2D_ADAPTIVE, accRows},
		{fb.OpRESHAPE_BLOCK_SCALED, blockRows},
		{fb.OpROW_GATHER_BLOCK_SCALED, blockRows},
	}
)

// attrsOf is the fields of an operator's attribute table, nil if it has none.
func attrsOf(op fb.Op) []attrRow {
	for _, t := range attrTables {
		if t.Op == op {
			return t.Rows
		}
	}
	return nil
}

// opNumber is the number of the operator that a node's target names; UNKNOWN if there is none.
func opNumber(target string) fb.Op { return fb.EnumValuesOp[strings.TrimPrefix(target, "tosa.")] }

// opTarget is the target of a node for an operator, "" if the schema has no such operator.
func opTarget(op fb.Op) string {
	if name, ok := fb.EnumNamesOp[op]; ok && op != fb.OpUNKNOWN {
		return "tosa." + name
	}
	return ""
}

// fileDTypes is the element types of the schema that package model has too. TOSA has no unsigned types; RESCALE's flags say so.
var fileDTypes = [model.NumDTypes]fb.DType{
	model.Bool: fb.DTypeBOOL, model.Int4: fb.DTypeINT4, model.Int8: fb.DTypeINT8, model.Int16: fb.DTypeINT16,
	model.Int32: fb.DTypeINT32, model.Int48: fb.DTypeINT48, model.Int64: fb.DTypeINT64, model.Float32: fb.DTypeFP32,
	model.Float16: fb.DTypeFP16, model.BFloat16: fb.DTypeBF16, model.ShapeType: fb.DTypeSHAPE,
	model.Float8E4M3FN: fb.DTypeFP8E4M3, model.Float8E5M2: fb.DTypeFP8E5M2, model.Float8E8M0FNU: fb.DTypeFP8UE8M0,
}

// tosaDType is the name that TOSA has for an element type, "" if it has none.
func tosaDType(d model.DType) string {
	if t := fileDTypes[d]; t != fb.DTypeUNKNOWN {
		return fb.EnumNamesDType[t]
	}
	return ""
}

// dtypeOf is the element type of a number in a file, Unknown if package model has none such.
func dtypeOf(t fb.DType) model.DType {
	for d, have := range fileDTypes {
		if have == t && t != fb.DTypeUNKNOWN {
			return model.DType(d)
		}
	}
	return model.Unknown
}

// enumText is the name of an enumeration's value, and enumValue the value of a name; "" and 0 for what the schema lacks.
func enumText(k attrKind, v uint32) string {
	switch k {
	case attrDType:
		return fb.EnumNamesDType[fb.DType(v)]
	case attrNaN:
		return fb.EnumNamesNanPropagationMode[fb.NanPropagationMode(v)]
	case attrRound:
		return fb.EnumNamesRoundingMode[fb.RoundingMode(v)]
	case attrResize:
		return fb.EnumNamesResizeMode[fb.ResizeMode(v)]
	}
	return fb.EnumNamesBlockSize[fb.BlockSize(v)]
}

func enumValue(k attrKind, s string) uint32 {
	switch k {
	case attrDType:
		return uint32(fb.EnumValuesDType[s])
	case attrNaN:
		return uint32(fb.EnumValuesNanPropagationMode[s])
	case attrRound:
		return uint32(fb.EnumValuesRoundingMode[s])
	case attrResize:
		return uint32(fb.EnumValuesResizeMode[s])
	}
	return uint32(fb.EnumValuesBlockSize[s])
}
