"""Writes cases.json: what torch answers for small calls of every operator that package eval covers.

Run with a Python that has torch 2.13:  python cases.py > cases.json
A tensor argument is {"r": shape, "seed": k, "dtype": d}, filled by fill() below, or {"t": dtype, "s": shape, "v": values}.
"""
import json
import torch

torch.manual_seed(0)
torch.set_num_threads(1)
CASES = []


def fill(shape, seed, dtype):
    n = 1
    for d in shape:
        n *= d
    k = [(i * 7919 + seed * 104729) % 2003 - 1001 for i in range(n)]
    if dtype == "bool":
        v = [x % 2 == 0 for x in k]
    elif dtype.startswith(("int", "uint")):
        v = [x % 7 for x in k] if dtype.startswith("uint") else [x % 15 - 7 for x in k]
    else:
        v = [x / 512 for x in k]
    return torch.tensor(v, dtype=getattr(torch, dtype)).reshape(shape)


class R:
    """A generated tensor."""

    def __init__(self, *shape, seed=1, dtype="float32"):
        self.j = {"r": list(shape), "seed": seed}
        if dtype != "float32":
            self.j["dtype"] = dtype
        self.t = fill(shape, seed, dtype)


class T:
    """A tensor of given values."""

    def __init__(self, v, dtype="float32"):
        self.t = torch.tensor(v, dtype=getattr(torch, dtype))
        self.j = enc(self.t)


def num(x):
    if isinstance(x, float):
        if x != x or x in (float("inf"), float("-inf")):
            return str(x)
        return float("%.7g" % x)
    return x


def enc(v):
    if isinstance(v, torch.Tensor):
        flat = v.contiguous().reshape(-1)
        flat = flat.to(torch.int64) if v.dtype == torch.bool else flat
        flat = flat.to(torch.float32) if v.dtype.is_floating_point else flat
        return {"t": str(v.dtype)[6:], "s": list(v.shape), "v": [num(x) for x in flat.tolist()]}
    if isinstance(v, (list, tuple)):
        return [enc(x) for x in v]
    return v


def arg(v):
    if isinstance(v, (R, T)):
        return v.j
    if isinstance(v, (list, tuple)):
        return [arg(x) for x in v]
    if isinstance(v, torch.dtype):
        return {"c": str(v)}
    if isinstance(v, float):
        return {"f": num(v)}
    return v


def val(v):
    if isinstance(v, (R, T)):
        return v.t.clone()
    if isinstance(v, list):
        return [val(x) for x in v]
    return v


def case(op, *args, **kw):
    f = torch.ops
    for part in op.split("."):
        f = getattr(f, part)
    out = f(*[val(a) for a in args], **{k: val(v) for k, v in kw.items()})
    c = {"op": op, "args": [arg(a) for a in args], "out": enc(out)}
    if kw:
        c["kwargs"] = {k: arg(v) for k, v in kw.items()}
    CASES.append(c)


i64 = "int64"
a = "aten."
NAN, INF = float("nan"), float("inf")


def elementwise():
    for n in "abs asinh atan ceil cos cosh erf exp expm1 floor gelu hardsigmoid hardswish leaky_relu log_sigmoid mish neg " \
             "relu relu6 round selu sigmoid sign silu sin sinh softplus square tan tanh trunc elu hardtanh reciprocal isnan " \
             "isinf logical_not".split():
        case(a + n + ".default", R(6))
    for n in "log log10 log1p log2 rsqrt sqrt acosh".split():
        case(a + n + ".default", T([1.0, 1.5, 2.25, 9.0]))
    for n in "acos asin atanh erfinv".split():
        case(a + n + ".default", T([-0.75, -0.25, 0.0, 0.5]))
    case(a + "logit.default", T([0.0, 0.25, 1.0]), 0.125)
    case(a + "gelu.default", R(6), approximate="tanh")
    case(a + "leaky_relu.default", R(6), 0.5)
    case(a + "elu.default", R(6), 0.5, 2.0, 3.0)
    case(a + "softplus.default", T([-1.0, 1.0, 30.0]), 2.0, 3.0)
    case(a + "round.decimals", T([0.125, 1.375, -2.25]), decimals=1)
    case(a + "round.default", T([0.5, 1.5, 2.5, -0.5]))
    case(a + "sign.default", T([0.0, -3.0, float("nan")]))
    case(a + "relu.default", T([float("nan"), -1.0, float("inf")]))
    case(a + "abs.default", R(4, dtype="int32"))
    case(a + "exp.default", R(3, dtype="int32"))
    case(a + "bitwise_not.default", R(4, dtype="int8"))
    case(a + "bitwise_not.default", R(4, dtype="bool"))
    case(a + "hardtanh.default", R(6), -0.5, 0.25)
    case(a + "clamp.default", R(6), -0.5, 0.25)
    case(a + "clamp.default", R(6), None, 0.25)
    case(a + "clamp.default", R(6, dtype="int32"), 0.5)
    case(a + "clamp.default", R(6), 1.0, -1.0)
    case(a + "clamp.Tensor", R(2, 3), R(3, seed=2), R(2, 1, seed=3))
    case(a + "clamp_min.default", R(6), 0.5)
    case(a + "clamp_max.default", R(6), 0.5)
    case(a + "clamp_min.Tensor", R(6), R(6, seed=2))
    case(a + "clamp_max.Tensor", R(6), R(6, seed=2))

    for n in "deg2rad erfc exp2 frac celu hardshrink softshrink nan_to_num".split():
        case(a + n + ".default", R(6))
    special = T([NAN, INF, -INF, 0.0, -0.0, -1.0])
    for n in "erfc exp2 frac celu hardshrink softshrink nan_to_num".split():
        case(a + n + ".default", special)
    for d in ("float16", "bfloat16"):
        for n in "deg2rad erfc exp2 frac celu hardshrink softshrink".split():
            case(a + n + ".default", R(5, dtype=d))
        case(a + "hardshrink.default", T([0.3, -0.3, 0.31, NAN], d), 0.3)
        case(a + "softshrink.default", T([0.3, -0.3, 0.31, NAN], d), 0.3)
        case(a + "threshold.default", T([0.3, -0.3, 0.31, NAN], d), 0.3, 0.1)
        case(a + "nan_to_num.default", T([NAN, INF, -INF, 1.0], d))
        case(a + "nan_to_num.default", T([NAN, INF, -INF, 1.0], d), 0.1, 7.5, -1e30)
    for d in ("int32", "int64", "bool"):
        for n in "deg2rad erfc exp2".split():
            case(a + n + ".default", R(4, dtype=d))
        case(a + "nan_to_num.default", R(4, dtype=d), 1.0)
    case(a + "celu.default", R(2, 3), 0.3)
    case(a + "celu.default", R(4), -2)
    case(a + "hardshrink.default", T([0.25, -0.25, 0.5, -1.0]), 0.25)
    case(a + "softshrink.default", T([0.25, -0.25, 0.5, -1.0]), 0.25)
    case(a + "softshrink.default", R(4), 0)
    case(a + "threshold.default", T([0.5, 0.25, NAN, INF, -INF]), 0.25, -20.0)
    case(a + "threshold.default", R(6, dtype="int32"), 2.5, 7.9)
    case(a + "threshold.default", R(6, dtype="int64"), -1, 3)
    case(a + "nan_to_num.default", special, 2.0)
    case(a + "nan_to_num.default", special, None, 9.0)
    case(a + "nan_to_num.default", special, None, None, -9)
    case(a + "nan_to_num.default", special, None, NAN, 1e30)

def binary():
    for n in "add sub mul div eq ne lt le gt ge remainder fmod".split():
        case(a + n + ".Tensor", R(2, 3), R(3, seed=2))
    for n in "maximum minimum atan2 logical_and logical_or logical_xor".split():
        case(a + n + ".default", R(2, 3), R(2, 1, seed=2))
    for n in "add sub mul div eq ne lt le gt ge remainder fmod rsub".split():
        case(a + n + ".Scalar", R(3), 0.75)
    case(a + "rsub.Tensor", R(3), R(3, seed=2), alpha=2)
    case(a + "add.Tensor", R(3), R(3, seed=2), alpha=0.5)
    case(a + "add.Tensor", R(3, dtype="int32"), 2.5)
    case(a + "add.Tensor", R(3, dtype="int8"), R(3, dtype="uint8"))
    case(a + "add.Tensor", R(3, dtype="uint8"), T([250, 251, 252], "uint8"))
    case(a + "add.Tensor", R(3, dtype="bool"), R(3, seed=2, dtype="bool"))
    case(a + "add.Tensor", R(3, dtype="float16"), R(3, seed=2, dtype="float16"))
    case(a + "mul.Tensor", R(3, dtype="bfloat16"), R(3, seed=2, dtype="bfloat16"))
    case(a + "mul.Tensor", R(3, dtype="float16"), R(1, seed=2))
    case(a + "mul.Tensor", R(3, dtype="int32"), T(5, "int64"))
    case(a + "mul.Tensor", R(3, dtype="int32"), T(0.5))
    case(a + "div.Tensor", R(3, dtype="int32"), T([2, 4, -3], "int32"))
    case(a + "div.Tensor_mode", R(3, dtype="int32"), T([2, 4, -3], "int32"), rounding_mode="floor")
    case(a + "div.Tensor_mode", R(3, dtype="int32"), T([2, 4, -3], "int32"), rounding_mode="trunc")
    case(a + "div.Tensor_mode", R(4), T([0.5, -0.25, 0.75, -1.5]), rounding_mode="floor")
    case(a + "div.Tensor_mode", R(4), T([0.5, -0.25, 0.75, -1.5]), rounding_mode="trunc")
    case(a + "floor_divide.default", R(4), T([0.5, -0.25, 0.75, -1.5]))
    case(a + "floor_divide.Scalar", R(4, dtype="int32"), 3)
    case(a + "remainder.Scalar", R(4, dtype="int32"), -3)
    case(a + "fmod.Scalar", R(4, dtype="int32"), -3)
    case(a + "maximum.default", T([float("nan"), 1.0]), T([0.0, float("nan")]))
    case(a + "max.other", R(3), R(3, seed=2))
    case(a + "min.other", R(3), R(3, seed=2))
    case(a + "pow.Tensor_Scalar", R(4), 2)
    case(a + "pow.Tensor_Scalar", R(4, dtype="int32"), 3)
    case(a + "pow.Tensor_Tensor", T([2.0, 9.0]), T([3.0, 0.5]))
    case(a + "pow.Scalar", 2.0, R(3))
    for n in "bitwise_and bitwise_or bitwise_xor bitwise_left_shift bitwise_right_shift __and__ __or__ __xor__".split():
        case(a + n + ".Tensor", R(4, dtype="int32"), T([1, 2, 3, 0], "int32"))
    for n in "bitwise_and.Scalar bitwise_or.Scalar bitwise_xor.Scalar bitwise_left_shift.Tensor_Scalar " \
             "bitwise_right_shift.Tensor_Scalar __lshift__.Scalar __rshift__.Scalar __and__.Scalar __or__.Scalar __xor__.Scalar".split():
        case(a + n, R(4, dtype="int32"), 2)
    case(a + "bitwise_xor.Tensor", R(4, dtype="bool"), R(4, seed=3, dtype="bool"))
    case(a + "prelu.default", R(1, 2, 3), T([0.25, 0.5]))
    case(a + "where.self", R(2, 1, dtype="bool"), R(3), R(2, 3, seed=2))
    case(a + "where.ScalarOther", R(3, dtype="bool"), R(3), 2.0)
    case(a + "where.ScalarSelf", R(3, dtype="bool"), 2, R(3))
    case(a + "where.Scalar", R(3, dtype="bool"), 2, 1.5)
    case(a + "masked_fill.Scalar", R(2, 3), R(3, dtype="bool"), -1.0)
    case(a + "masked_fill.Tensor", R(2, 3), R(3, dtype="bool"), T(7.0))
    case(a + "tril.default", R(3, 3), -1)
    case(a + "triu.default", R(2, 2, 3))
    case(a + "addcmul.default", R(3), R(3, seed=2), R(1, seed=3), value=2.0)
    case(a + "addcdiv.default", R(3), R(3, seed=2), R(1, seed=3))
    for n in "relu_ relu6_ hardtanh_ hardswish_ hardsigmoid_ silu_ leaky_relu_ elu_ sigmoid_ tanh_ exp_ neg_ abs_".split():
        case(a + n + ".default", R(3))
    for n in "add_ sub_ mul_ div_".split():
        case(a + n + ".Tensor", R(2, 2), R(2, seed=2))
        case(a + n + ".Scalar", R(2), 0.5)
    case(a + "add_.Tensor", R(3, dtype="float16"), R(3, seed=2))
    case(a + "pow_.Scalar", R(2), 2)
    case(a + "clamp_.default", R(3), -0.5, 0.5)
    case(a + "clamp_min_.default", R(3), 0.0)
    case(a + "clamp_max_.default", R(3), 0.0)
    case(a + "masked_fill_.Scalar", R(3), R(3, dtype="bool"), 1)
    case(a + "copy_.default", R(2, 2), R(2, seed=2, dtype="int32"))
    case(a + "copy.default", R(2, 2), R(2, seed=2))
    case(a + "fill_.Scalar", R(2), 3)
    case(a + "zero_.default", R(2))
    case(a + "to.dtype", T([1.75, -1.75, 300.0]), torch.int32)
    case(a + "to.dtype", T([300, -200, 5], "int32"), torch.int8)
    case(a + "to.dtype", T([0.1, 70000.0, 1e-7, 3e-8]), torch.float16)
    case(a + "to.dtype", T([0.1, 1.00390625, 3.0]), torch.bfloat16)
    case(a + "to.dtype", T([0.5, 0.0]), torch.bool)
    case(a + "_to_copy.default", R(2), dtype=torch.int64)
    case(a + "to.other", R(2), R(1, dtype="int32"))
    case(a + "type_as.default", R(2), R(1, dtype="int32"))

    odd = [NAN, INF, -INF, 0.0, -0.0, 1.0]
    for n in "copysign.Tensor hypot.default".split():
        case(a + n, R(2, 3), R(3, seed=2))
        case(a + n, T(odd), T(odd[::-1]))
        case(a + n, T(odd), T([[0.0], [-0.0], [INF], [-2.0]]))
        case(a + n, R(3, dtype="float16"), R(3, seed=2, dtype="float16"))
        case(a + n, R(3, dtype="float16"), R(2, 1, seed=2))
        case(a + n, R(3, dtype="bfloat16"), R(3, seed=2, dtype="int32"))
        case(a + n, R(3, dtype="float16"), T(-2.0))
        case(a + n, R(3), R(3, seed=2, dtype="bool"))
    case(a + "hypot.default", T([3e38, 1e-38, 3.0]), T([3e38, 1e-38, 4.0]))
    for d in ("int32", "int64", "bool"):
        case(a + "copysign.Tensor", R(4, dtype=d), R(4, seed=2, dtype="int32"))
    case(a + "copysign.Tensor", R(4, dtype="bool"), R(4, seed=2, dtype="bool"))
    case(a + "lerp.Scalar", R(2, 3), R(3, seed=2), 0.3)
    case(a + "lerp.Scalar", R(6), R(6, seed=2), 0.75)
    case(a + "lerp.Scalar", R(6), R(6, seed=2), -1)
    case(a + "lerp.Scalar", R(6, dtype="float16"), R(6, seed=2, dtype="float16"), 0.3)
    case(a + "lerp.Scalar", T([INF, 1.0, NAN]), T([1.0, -INF, 2.0]), 0.5)
    case(a + "lerp.Tensor", R(2, 3), R(3, seed=2), R(2, 1, seed=5))
    case(a + "lerp.Tensor", R(6), R(6, seed=2), T([0.0, 0.25, 0.5, 0.75, 1.0, -0.5]))
    case(a + "lerp.Tensor", R(3), R(3, seed=2), T(0.4))
    case(a + "lerp.Tensor", R(6, dtype="float16"), R(6, seed=2, dtype="float16"), T(0.3))
    case(a + "lerp.Tensor", R(6, dtype="bfloat16"), R(6, seed=2, dtype="bfloat16"), R(6, seed=5, dtype="bfloat16"))
    case(a + "sub.Tensor", R(6), R(6, seed=2), alpha=0.3)
    case(a + "rsub.Scalar", R(6), 0.7, 0.3)
    case(a + "add.Tensor", R(6, dtype="float16"), R(6, seed=2, dtype="float16"), alpha=0.3)
    case(a + "rsub.Tensor", R(6, dtype="int32"), R(6, seed=2, dtype="int32"), alpha=3)
    case(a + "sub.Tensor", R(6, dtype="int32"), R(6, seed=2, dtype="int64"), alpha=3)
    case(a + "addcdiv.default", R(2, 3), R(3, seed=2), R(2, 1, seed=3), value=0.3)
    case(a + "addcmul.default", R(4, dtype="float16"), R(4, seed=2, dtype="float16"), R(4, seed=3, dtype="float16"), value=0.3)
    case(a + "fill_.Tensor", R(2, 2), T(3.25))
    case(a + "fill_.Tensor", R(2, dtype="int32"), T(-2.75))
    case(a + "fill_.Tensor", R(2, dtype="bool"), T(3, i64))
    case(a + "to.device", T([1.75, -1.75, 300.0]), "cpu", torch.int32)
    case(a + "to.device", R(3, dtype="int64"), "cpu", torch.float16)
    case(a + "to.device", R(2), "cpu", torch.bool, False, True)

def convolutions():
    for n, s in ((1, [7]), (2, [5, 6]), (3, [3, 4, 3])):
        k = [3, 2, 2][:n]
        x, w = R(1, 2, *s), R(3, 2, *k, seed=2)
        case(a + f"conv{n}d.default", x, w, R(3, seed=3))
        case(a + f"conv{n}d.default", x, w, None, [2] * n, [1] * n)
        case(a + f"conv{n}d.padding", x, w, None, [1] * n, "same", [2] * n)
    case(a + "conv1d.padding", R(1, 2, 7), R(3, 2, 4, seed=2), None, [1], "valid")
    case(a + "conv1d.padding", R(1, 2, 7), R(3, 2, 4, seed=2), None, [1], "same")
    case(a + "conv1d.default", R(2, 7), R(3, 2, 3, seed=2), None, [1], [1])
    case(a + "conv1d.default", R(1, 4, 5), R(6, 2, 3, seed=2), R(6), [1], [2], [2], 2)
    case(a + "conv2d.default", R(2, 3, 4, 4), R(3, 1, 3, 3, seed=2), R(3), [2, 1], [1, 2], [1, 2], 3)
    case(a + "conv2d.default", R(1, 2, 4, 4), R(4, 1, 2, 2, seed=2), None, [1, 1], [0, 0], [1, 1], 2)
    case(a + "conv2d.default", R(1, 3, 2, 3), R(2, 3, 1, 1, seed=2))
    case(a + "convolution.default", R(1, 2, 4), R(2, 2, 3, seed=2), None, [1], [1], [1], False, [0], 1)
    case(a + "conv_transpose1d.default", R(1, 2, 3), R(2, 3, 3, seed=2), R(3), [2], [1], [1])
    case(a + "conv_transpose2d.input", R(1, 4, 2, 3), R(4, 2, 3, 2, seed=2), R(4), [2, 3], [1, 0], [1, 1], 2, [2, 1])
    case(a + "conv_transpose3d.input", R(1, 1, 2, 2, 1), R(1, 2, 2, 1, 2, seed=2), None, [2, 1, 2])
    case(a + "convolution.default", R(1, 2, 3), R(2, 3, 3, seed=2), None, [2], [1], [1], True, [0], 1)
    case(a + "linear.default", R(2, 2, 3), R(4, 3, seed=2), R(4, seed=3))
    case(a + "linear.default", R(3), R(2, 3, seed=2))
    case(a + "addmm.default", R(2), R(2, 3, seed=2), R(3, 2, seed=3), beta=0.5, alpha=2.0)
    case(a + "mm.default", R(2, 3), R(3, 2, seed=2))
    case(a + "bmm.default", R(2, 2, 3), R(2, 3, 2, seed=2))
    case(a + "mv.default", R(2, 3), R(3, seed=2))
    for s, t in (((3,), (3,)), ((3,), (2, 3, 2)), ((2, 2, 3), (3,)), ((2, 1, 2, 3), (2, 3, 2)), ((2, 3), (3, 2))):
        case(a + "matmul.default", R(*s), R(*t, seed=2))
    case(a + "matmul.default", R(2, 3, dtype="int32"), R(3, 2, seed=2, dtype="int32"))
    case(a + "vdot.default", R(5), R(5, seed=2))
    case(a + "squeeze_.dim", R(1, 3), 0)
    case(a + "bilinear.default", R(2, 3), R(2, 4, seed=2), R(2, 3, 4, seed=3), R(2, seed=4))
    case(a + "bilinear.default", R(2, 2, 3), R(2, 2, 4, seed=2), R(2, 3, 4, seed=3))
    for v, g, dim in (((3, 2, 2), (3, 1, 1), 0), ((3, 21), (3, 1), 0), ((4, 3), (1, 3), 1), ((2, 3, 2), (1, 3, 1), 1), ((3, 4), (), -1)):
        case(a + "_weight_norm.default", R(*v), R(*g, seed=2), dim)

    b1, b2 = R(2, 2, 3), R(2, 3, 4, seed=2)
    case(a + "baddbmm.default", R(2, 2, 4, seed=3), b1, b2)
    case(a + "baddbmm.default", R(4, seed=3), b1, b2, beta=0.5, alpha=0.3)
    case(a + "baddbmm.default", R(2, 1, seed=3), b1, b2, beta=2)
    case(a + "baddbmm.default", T([NAN]), b1, b2, beta=0, alpha=2)
    case(a + "baddbmm.default", R(1, 4, seed=3, dtype="float16"), R(2, 2, 3, dtype="float16"), R(2, 3, 4, seed=2, dtype="float16"))
    case(a + "baddbmm.default", R(2, 2, 2, dtype="int32"), R(2, 2, 3, dtype="int32"), R(2, 3, 2, seed=2, dtype="int32"),
         beta=2, alpha=3)
    for d in ("float32", "float16", "int32", "int64"):
        case(a + "dot.default", R(5, dtype=d), R(5, seed=2, dtype=d))
        case(a + "outer.default", R(2, dtype=d), R(3, seed=2, dtype=d))
    case(a + "dot.default", R(0), R(0))
    case(a + "outer.default", R(2, dtype="bool"), R(3, seed=2, dtype="bool"))
    case(a + "outer.default", R(2, dtype="bool"), R(3, seed=2, dtype="int32"))
    case(a + "outer.default", R(2, dtype="float16"), R(3, seed=2))
    case(a + "outer.default", R(2, dtype="int64"), R(3, seed=2, dtype="float16"))
    case(a + "outer.default", R(0), R(3))

def pools():
    x = R(1, 2, 5, 7)
    case(a + "avg_pool2d.default", x, [3, 3], [2, 2], [1, 1])
    case(a + "avg_pool2d.default", x, [3, 3], [2, 2], [1, 1], True, True)
    case(a + "avg_pool2d.default", x, [3, 2], [2, 3], [1, 1], True, False)
    case(a + "avg_pool2d.default", x, [2, 2], [], [0, 0], False, True, 3)
    case(a + "avg_pool1d.default", R(2, 6), [3], [2], [1], True)
    case(a + "avg_pool3d.default", R(1, 1, 2, 3, 4), [2, 2, 2], [1, 1, 2])
    case(a + "max_pool1d.default", R(1, 2, 7), [3], [2], [1])
    case(a + "max_pool2d.default", x, [3, 3], [2, 2], [1, 1], [1, 1], True)
    case(a + "max_pool2d.default", x, [2, 3], [], [0, 1], [2, 2])
    case(a + "max_pool2d.default", R(2, 4, 4), [2, 2])
    case(a + "max_pool2d_with_indices.default", x, [3, 3], [2, 2], [1, 1])
    case(a + "max_pool3d.default", R(1, 1, 2, 3, 4), [2, 2, 2], [1, 1, 1])
    case(a + "max_pool3d_with_indices.default", R(1, 1, 2, 3, 4), [2, 2, 2], [1, 1, 1])
    case(a + "adaptive_avg_pool1d.default", R(1, 2, 7), [3])
    case(a + "adaptive_avg_pool2d.default", x, [3, 4])
    case(a + "adaptive_avg_pool2d.default", R(1, 1, 2, 3), [4, 2])
    case(a + "_adaptive_avg_pool2d.default", x, [1, 1])
    case(a + "adaptive_avg_pool3d.default", R(1, 1, 2, 3, 4), [1, 2, 3])

    odd = T([[[1.0, NAN, 3.0, -INF], [NAN, 2.0, 1.0, -INF]]])
    case(a + "adaptive_max_pool1d.default", R(1, 2, 7), [3])
    case(a + "adaptive_max_pool1d.default", R(2, 7), 4)
    case(a + "adaptive_max_pool1d.default", odd, [2])
    case(a + "adaptive_max_pool1d.default", R(2, 7, dtype="float16"), [10])
    case(a + "adaptive_max_pool2d.default", x, [3, 4])
    case(a + "adaptive_max_pool2d.default", R(2, 4, 4), [1, 1])
    case(a + "adaptive_max_pool2d.default", R(1, 1, 2, 3), [4, 2])
    case(a + "adaptive_max_pool2d.default", odd, [1, 2])
    case(a + "adaptive_max_pool2d.default", R(1, 2, 3, 3, dtype="bfloat16"), [2, 2])

def reductions():
    x = R(2, 3, 2)
    for n in "sum.dim_IntList mean.dim amax.default amin.default any.dims all.dims linalg_vector_norm.default".split():
        pre = (2,) if n.startswith("linalg") else ()
        case(a + n, x, *pre, [0, -1])
        case(a + n, x, *pre, [1], True)
    for n in "sum mean max min any all argmax argmin var std".split():
        if n != "std":
            case(a + n + ".default", x)
    for n in "max min any all var std".split():
        if n in "max min any all".split():
            case(a + n + ".dim", x, 1)
        else:
            case(a + n + ".dim", x, [1], False, True)
            case(a + n + ".correction", x, [0, 1], correction=2)
    case(a + "var_mean.correction", x, [2], correction=0, keepdim=True)
    case(a + "max.dim", T([[1.0, float("nan"), 3.0], [2.0, 2.0, 1.0]]), 1, True)
    case(a + "argmax.default", T([[1, 5, 5], [2, 2, 1]], "int32"), 1)
    case(a + "argmin.default", x, -1, True)
    case(a + "sum.default", R(3, dtype="bool"))
    case(a + "sum.dim_IntList", R(2, 3, dtype="int32"), [1])
    case(a + "sum.dim_IntList", R(2, 3), None, True)
    case(a + "sum.default", R(3, dtype="int32"), dtype=torch.float32)
    case(a + "amax.default", R(2, 3, dtype="int8"), [1])
    case(a + "mean.dim", R(2, 3), [])
    case(a + "linalg_vector_norm.default", x, 1, [0])
    case(a + "linalg_vector_norm.default", x, float("inf"), [0])
    case(a + "linalg_vector_norm.default", x, 3.0)
    case(a + "logsumexp.default", x, [1])
    case(a + "cumsum.default", x, 1)
    case(a + "cumsum.default", R(4, dtype="bool"), 0)
    case(a + "cumprod.default", x, -1)
    case(a + "sort.default", x, 1, True)
    case(a + "sort.stable", T([3, 1, 3, 2], "int32"), stable=True, dim=0)
    case(a + "sort.default", T([1.0, float("nan"), -2.0]))
    case(a + "topk.default", R(2, 5), 2)
    case(a + "topk.default", R(4, 2), 3, 0, False)
    for n in "softmax.int log_softmax.int".split():
        case(a + n, x, 1)
        case(a + n, R(3, dtype="int32"), 0, torch.float32)
    case(a + "_softmax.default", x, 2, False)
    case(a + "_log_softmax.default", x, 0, False)
    p = T([0.5, 1.5, 2.5, 3.5])
    y = R(2, 4, 3)
    case(a + "batch_norm.default", y, p, R(4), R(4, seed=2), p, False, 0.1, 1e-5, True)
    case(a + "batch_norm.default", y, None, None, R(4, seed=2), p, True, 0.1, 1e-3, True)
    case(a + "_native_batch_norm_legit_no_training.default", y, p, R(4), R(4, seed=2), p, 0.1, 1e-5)
    case(a + "native_batch_norm.default", y, p, None, R(4, seed=2), p, False, 0.1, 1e-5)
    case(a + "layer_norm.default", y, [4, 3], R(4, 3), R(4, 3, seed=2))
    case(a + "native_layer_norm.default", y, [3], None, None, 1e-3)
    case(a + "group_norm.default", y, 2, p, R(4))
    case(a + "native_group_norm.default", y, None, None, 2, 4, 3, 2, 1e-5)
    case(a + "rms_norm.default", y, [3], R(3), 1e-3)

    case(a + "instance_norm.default", y, p, R(4), None, None, True, 0.1, 1e-5, True)
    case(a + "instance_norm.default", R(2, 4, 3, 2), None, None, None, None, True, 0.1, 1e-3, False)
    case(a + "instance_norm.default", y, p, R(4), R(4, seed=2), p, False, 0.1, 1e-5, True)
    case(a + "instance_norm.default", y, None, None, R(4, seed=2), p, True, 0.1, 1e-5, True)
    case(a + "instance_norm.default", R(1, 4, 6, dtype="float16"), None, None, None, None, True, 0.1, 1e-5, True)
    for d in ("float32", "int32", "int64", "bool", "float16"):
        v = R(2, 3, 2, dtype=d)
        case(a + "prod.default", R(5, dtype=d))
        case(a + "prod.dim_int", v, -2)
        case(a + "prod.dim_int", v, 0, True)
        case(a + "aminmax.default", v)
        case(a + "aminmax.default", v, dim=-1)
        case(a + "aminmax.default", v, dim=1, keepdim=True)
        case(a + "argsort.default", v)
        case(a + "argsort.default", v, 0, True)
    case(a + "prod.default", T([1e30, 1e30, 1e-30, 2.0]))
    case(a + "prod.default", T([[2.0, NAN], [0.0, INF]]))
    case(a + "prod.default", T([]))
    case(a + "prod.default", T(3.5))
    case(a + "prod.default", R(3, dtype="int8"), dtype=torch.float32)
    case(a + "prod.default", R(4), dtype=torch.int32)
    case(a + "prod.dim_int", R(2, 3), 1, dtype=torch.float16)
    case(a + "prod.dim_int", R(2, 0), 1, True)
    case(a + "prod.dim_int", T([100, 100, 100], "uint8"), 0, dtype=torch.int8)
    case(a + "prod.dim_int", T([1.1] * 7, "bfloat16"), 0)
    case(a + "aminmax.default", R(2, 2), keepdim=True)
    case(a + "aminmax.default", T([[1.0, NAN, -INF], [INF, 2.0, 3.0]]), dim=1)
    case(a + "aminmax.default", T(2.0), dim=0)
    case(a + "argsort.default", T([1.0, NAN, -0.0, 0.0, NAN, INF]))
    case(a + "argsort.default", T([3, 1, 3, 2, 1]), -1, True)
    case(a + "argsort.default", T(2.0))
    for d in ("float32", "float16"):
        case(a + "var_mean.dim", R(2, 3, 2, dtype=d), [-2])
        case(a + "var_mean.dim", R(2, 3, 2, dtype=d), [0, 2], False, True)
    case(a + "var_mean.dim", x, None)
    case(a + "var_mean.dim", x, [])
    case(a + "var_mean.dim", R(3, 1), [1])

def shapes():
    x = R(2, 3, 4)
    case(a + "view.default", x, [4, -1])
    case(a + "reshape.default", x, [-1, 2, 2])
    case(a + "view_copy.default", x, [24])
    case(a + "_unsafe_view.default", x, [6, 4])
    case(a + "view_as.default", x, R(4, 6))
    case(a + "reshape_as.default", x, R(4, 6))
    case(a + "flatten.using_ints", x, 1)
    case(a + "flatten.using_ints", T(2.0))
    case(a + "unflatten.int", x, 2, [2, -1])
    y = R(1, 2, 1, 2)
    case(a + "squeeze.default", y)
    case(a + "squeeze.dim", y, 1)
    case(a + "squeeze.dim", y, -2)
    case(a + "squeeze.dims", y, [0, 1])
    case(a + "squeeze_copy.dims", y, [0, 2])
    case(a + "squeeze_copy.dim", y, 2)
    case(a + "squeeze_copy.default", y)
    case(a + "unsqueeze.default", y, -1)
    case(a + "unsqueeze_copy.default", y, 1)
    case(a + "permute.default", x, [2, 0, -2])
    case(a + "permute_copy.default", x, [0, 2, 1])
    case(a + "transpose.int", x, -1, 0)
    case(a + "swapaxes.default", x, -1, 0)
    case(a + "swapdims.default", x, 0, 1)
    case(a + "transpose_copy.int", x, 1, 2)
    case(a + "t.default", R(2, 3))
    case(a + "t_copy.default", R(3))
    case(a + "movedim.int", x, 0, -1)
    case(a + "moveaxis.intlist", x, [0, 1], [2, 0])
    case(a + "movedim.intlist", R(2, 1, 2), [-1], [0])
    case(a + "moveaxis.int", R(2, 1, 2), 2, 0)
    case(a + "slice.Tensor", x, 1, 1, 9223372036854775807)
    case(a + "slice.Tensor", x, -1, -3, -1, 2)
    case(a + "slice.Tensor", x, 0, 5, 9)
    case(a + "slice_copy.Tensor", x, 2, None, None, 3)
    case(a + "select.int", x, 1, -1)
    case(a + "select_copy.int", x, 0, 1)
    case(a + "narrow.default", x, 2, 1, 2)
    case(a + "narrow.Tensor", R(3), 0, T(1, i64), 2)
    case(a + "as_strided.default", x, [2, 3], [3, 1], 1)
    case(a + "as_strided_copy.default", x, [2, 2], [4, 2])
    case(a + "unfold.default", x, 2, 2, 1)
    case(a + "unfold_copy.default", x, 1, 2, 2)
    case(a + "expand.default", R(2, 1), [3, -1, 2])
    case(a + "expand_copy.default", R(1, 2), [2, 2])
    case(a + "expand_as.default", R(1, 2), R(2, 2))
    case(a + "broadcast_to.default", R(1, 2), [2, 2])
    case(a + "repeat.default", R(1, 2), [2, 1, 2])
    case(a + "tile.default", R(2, 2), [2])
    case(a + "repeat_interleave.self_int", R(2, 2), 2, 1)
    case(a + "repeat_interleave.self_int", R(2, 2), 2)
    case(a + "cat.default", [R(2, 1), R(2, 2, dtype="int32"), T([])], -1)
    case(a + "concat.default", [R(1, 2), R(2, 2)], 0)
    case(a + "concatenate.default", [R(2), R(1)])
    case(a + "stack.default", [R(2), R(2, seed=2)], 1)
    case(a + "hstack.default", [R(2, 1), R(2, 2)])
    case(a + "hstack.default", [R(2), R(1)])
    case(a + "vstack.default", [R(2), R(1, 2)])
    case(a + "dstack.default", [R(2), R(1, 2, 2)])
    case(a + "dstack.default", [R(2, 3), R(2, 3, seed=2)])
    case(a + "tensor_split.sections", R(2, 5), 3, 1)
    case(a + "tensor_split.sections", R(2), 3)
    for n in "split.Tensor split_copy.Tensor".split():
        case(a + n, R(5), 2)
    case(a + "split.sizes", R(2, 5), [2, 3], 1)
    case(a + "split_with_sizes.default", R(5), [1, 4])
    case(a + "split_with_sizes_copy.default", R(5), [1, 4])
    case(a + "chunk.default", R(2, 5), 4, 1)
    case(a + "unbind.int", R(2, 2), 1)
    case(a + "unbind_copy.int", R(2, 2))
    case(a + "flip.default", x, [0, -1])
    case(a + "roll.default", R(2, 3), [1, -1], [1, 0])
    case(a + "roll.default", R(2, 3), [2])
    case(a + "pad.default", R(1, 2, 3), [1, 2], "reflect")
    case(a + "pad.default", R(1, 2, 3), [1, 2], "replicate")
    case(a + "pad.default", R(1, 2, 3), [1, 2], "circular")
    case(a + "pad.default", R(2, 3), [1, -1, 0, 1])
    case(a + "pad.default", R(2, 3), [1, 0], "constant", 2.5)
    case(a + "constant_pad_nd.default", R(3, dtype="int32"), [1, 1], 4)
    case(a + "reflection_pad2d.default", R(1, 3, 3), [1, 2, 0, 1])
    case(a + "replication_pad2d.default", R(1, 2, 2), [1, 0, 2, 1])
    for n in "clone alias alias_copy detach detach_ detach_copy lift_fresh_copy contiguous".split():
        case(a + n + ".default", R(2))
    case(a + "dropout.default", R(2), 0.5, False)
    case(a + "dropout_.default", R(2), 0.5, False)

    for v in (x, R(3, 2, dtype="float16"), R(2, 3, dtype="int32"), R(2, 3, dtype="bool"), R(2, 0, 3)):
        case(a + "mT.default", v)
        case(a + "ravel.default", v)
    case(a + "ravel.default", T(2.0))
    for k in range(-3, 6):
        case(a + "rot90.default", R(2, 3), k)
        case(a + "rot90.default", R(2, 2, 3, dtype="int32"), k, [-1, 0])
    case(a + "rot90.default", R(2, 3, dtype="bool"))
    case(a + "rot90.default", R(2, 3, 2, dtype="float16"), 1, [2, 1])
    case(a + "rot90.default", R(0, 3), 1)
    for k in range(-3, 5):
        case(a + "diagonal.default", R(3, 4), k)
        case(a + "diagonal.default", R(2, 3, 4, dtype="int32"), k, -1, 0)
    case(a + "diagonal.default", R(3, 3, dtype="bool"))
    case(a + "diagonal.default", R(2, 3, 3, 2, dtype="float16"), 1, -3, -2)
    for at in ([], [2], [1, 3], [0, 0, 5], [-2], [-4, -1], [3, 1], [7, 9], [-9, 2]):
        case(a + "tensor_split.indices", R(5), at)
        case(a + "tensor_split.indices", R(2, 5, 1, dtype="int64"), at, -2)

def indices():
    x = R(3, 4)
    case(a + "index_select.default", x, 1, T([3, 0], i64))
    case(a + "gather.default", x, 0, T([[2, 0], [1, 1]], i64))
    case(a + "embedding.default", x, T([[2, 0], [1, 1]], i64))
    case(a + "index.Tensor", x, [T([2, 0, -1], i64)])
    case(a + "index.Tensor", x, [None, T([[1, 0]], i64)])
    case(a + "index.Tensor", x, [T([[True, False, True, False], [False] * 4, [True] * 4], "bool")])
    y = R(2, 3, 2, 2)
    case(a + "index.Tensor", y, [None, T([2, 0], i64), T([[1], [0]], i64)])
    case(a + "index.Tensor", y, [T([1, 0], i64), None, T([1, 0], i64)])
    case(a + "index_put.default", x, [T([2, 0], i64)], R(4, seed=2))
    case(a + "index_put_.default", x, [T([1, 1], i64), T([2, 2], i64)], R(2, seed=2), True)
    case(a + "index_copy.default", x, 1, T([3, 0], i64), R(3, 2, seed=2))
    case(a + "select_scatter.default", x, R(4, seed=2), 0, -1)
    case(a + "slice_scatter.default", x, R(3, 2, seed=2), 1, 0, 4, 2)
    case(a + "scatter.src", x, 1, T([[3, 0], [1, 2]], i64), R(2, 3, seed=2))
    case(a + "scatter.value", x, 1, T([[3, 0], [1, 2]], i64), 9)
    case(a + "scatter_add.default", x, 0, T([[0, 0, 2, 1]], i64), R(1, 4, seed=2))

    case(a + "_unsafe_index.Tensor", x, [None, T([[1, 0]], i64)])
    case(a + "_unsafe_index.Tensor", y, [None, None, T([[1], [-1]], i64), T([0, 1, 1], i64)])
    case(a + "_unsafe_index.Tensor", R(2, 3, dtype="int32"), [T([1, 1, 0], "int32")])
    for d in ("float32", "float16", "int32", "int64", "bool"):
        case(a + "take.default", R(3, 4, dtype=d), T([[0, -1], [5, 11]], i64))
        case(a + "index_add.default", R(3, 4, dtype=d), 0, T([2, 0, 2], i64), R(3, 4, seed=2, dtype=d))
        case(a + "index_add.default", R(3, 4, dtype=d), -1, T([1, 1], i64), R(3, 2, seed=2, dtype=d))
        case(a + "index_add.default", R(5, dtype=d), 0, T([1, 1, 4], "int32"), R(3, seed=2, dtype=d))
    case(a + "take.default", T(6.0), T([0, -1], i64))
    case(a + "take.default", R(3), T(1, i64))
    for d, k in (("float32", 0.3), ("float16", 0.3), ("int32", 3), ("float32", -2)):
        case(a + "index_add.default", R(3, 2, dtype=d), 0, T([2, 2, 2], i64), R(3, 2, seed=2, dtype=d), alpha=k)
        case(a + "index_add.default", R(3, dtype=d), 0, T([2, 2, 2], i64), R(3, seed=2, dtype=d), alpha=k)
    case(a + "index_add.default", R(2, 3, 2), 1, T([], i64), R(2, 0, 2))
    case(a + "index_add.default", R(3), 0, T(1, i64), T([5.0]))

def fills():
    case(a + "full.default", [2], 3)
    case(a + "full.default", [2], 3.5)
    case(a + "full.default", [2], True)
    case(a + "full.default", [], 3, dtype=torch.int8)
    case(a + "zeros.default", [2, 1])
    case(a + "ones.default", [2], dtype=torch.int32)
    case(a + "full_like.default", R(2, dtype="int32"), 2.5)
    case(a + "zeros_like.default", R(2, dtype="int32"))
    case(a + "zero.default", R(2, 2))
    case(a + "ones_like.default", R(2))
    case(a + "new_full.default", R(2, dtype="int32"), [3], 2)
    case(a + "new_zeros.default", R(2), [3])
    case(a + "new_ones.default", R(2), [3])
    case(a + "fill.Scalar", R(2), 3)
    case(a + "scalar_tensor.default", 3)
    case(a + "arange.default", 4)
    case(a + "arange.start", 1, 3.5)
    case(a + "arange.start_step", 5, 0, -2)
    case(a + "arange.start_step", 0, 1, 0.25, dtype=torch.float32)
    case(a + "linspace.default", 0, 1, 5)
    case(a + "linspace.default", -1.0, 2.0, 1)
    case(a + "eye.default", 3)

    case(a + "eye.m", 2, 3)
    case(a + "eye.m", 3, 2, dtype=torch.int32)
    case(a + "eye.m", 2, 2, dtype=torch.bool)
    case(a + "eye.m", 0, 2, dtype=torch.float16)
    case(a + "fill.Tensor", R(2, 2), T(3.25))
    case(a + "fill.Tensor", R(2, dtype="int32"), T(-2.75))
    case(a + "fill.Tensor", R(2, dtype="bool"), T(3, i64))
    case(a + "fill.Tensor", R(3, dtype="float16"), T(0.1))

def resizes():
    x = R(1, 2, 3, 2)
    case(a + "upsample_nearest2d.vec", x, None, [2.0, 1.5])
    case(a + "upsample_nearest2d.vec", R(1, 1, 2, 2), None, [2.25, 2.25])
    case(a + "upsample_nearest2d.default", x, [4, 5])
    case(a + "upsample_nearest1d.vec", R(1, 2, 3), [5], None)
    case(a + "upsample_nearest1d.default", R(1, 2, 3), [5], 1.7)
    case(a + "_upsample_nearest_exact2d.vec", x, [5, 5], None)
    case(a + "_upsample_nearest_exact2d.default", x, [2, 3])
    case(a + "_upsample_nearest_exact1d.vec", R(1, 2, 3), [5], None)
    case(a + "_upsample_nearest_exact1d.vec", R(1, 2, 5), [3], None)
    case(a + "_upsample_nearest_exact1d.vec", R(2, 1, 4), None, [1.7])
    case(a + "_upsample_nearest_exact1d.vec", R(1, 2, 3), [6], None)
    case(a + "_upsample_nearest_exact1d.vec", R(1, 2, 4, dtype="float16"), None, [0.5])
    for c in (False, True):
        case(a + "upsample_bilinear2d.vec", x, None, c, [2.0, 2.5])
        case(a + "upsample_bilinear2d.vec", x, [2, 5], c, None)
        case(a + "upsample_linear1d.vec", R(1, 2, 3), [5], c, None)
    case(a + "upsample_bilinear2d.default", x, [6, 2], False)
    case(a + "upsample_linear1d.default", R(1, 2, 3), [1], True)
    case(a + "pixel_shuffle.default", R(1, 8, 1, 2), 2)
    case(a + "pixel_unshuffle.default", R(1, 1, 2, 4), 2)
    case(a + "channel_shuffle.default", R(1, 4, 2), 2)
    case(a + "im2col.default", R(2, 2, 4, 5), [2, 3], [1, 1], [0, 0], [1, 1])
    case(a + "im2col.default", R(1, 2, 4, 5), [2, 2], [2, 1], [1, 2], [1, 3])
    case(a + "im2col.default", R(2, 3, 4), [2, 2], [1, 1], [1, 0], [2, 2])
    g = R(1, 2, 3, 2, seed=4)
    for mode in (0, 1):
        for padding in (0, 1, 2):
            case(a + "grid_sampler.default", R(1, 1, 3, 4), g, mode, padding, mode == padding)
    case(a + "grid_sampler_2d.default", R(1, 1, 3, 4), g, 0, 0, False)


def networks():
    def params(gates, hidden, feats, layers, ways):
        out = []
        for k in range(layers):
            for w in range(ways):
                n = feats if k == 0 else hidden * ways
                s = 10 * k + 5 * w
                out += [R(gates * hidden, n, seed=s + 2), R(gates * hidden, hidden, seed=s + 3), R(gates * hidden, seed=s + 4),
                        R(gates * hidden, seed=s + 5)]
        return out

    x, h = R(3, 2, 2), R(2, 2, 2, seed=9)
    case(a + "lstm.input", x, [h, R(2, 2, 2, seed=8)], params(4, 2, 2, 1, 2), True, 1, 0.0, False, True, False)
    case(a + "gru.input", R(2, 3, 2), h, params(3, 2, 2, 2, 1), True, 2, 0.0, False, False, True)
    case(a + "rnn_tanh.input", x, R(1, 2, 2), [p for p in params(1, 2, 2, 1, 1)[:2]], False, 1, 0.0, False, False, False)
    case(a + "rnn_relu.input", x, R(1, 2, 2), params(1, 2, 2, 1, 1), True, 1, 0.0, False, False, False)
    cell = R(1, 2)
    case(a + "lstm_cell.default", cell, [R(1, 2), R(1, 2, seed=2)], *params(4, 2, 2, 1, 1))
    case(a + "gru_cell.default", cell, R(1, 2), *params(3, 2, 2, 1, 1))
    case(a + "rnn_tanh_cell.default", cell, R(1, 2), *params(1, 2, 2, 1, 1))
    case(a + "rnn_relu_cell.default", cell, R(1, 2), *params(1, 2, 2, 1, 1)[:2])
    case(a + "glu.default", R(2, 4), 1)
    q, k, v = R(1, 2, 3, 4), R(1, 2, 3, 4, seed=2), R(1, 2, 3, 2, seed=3)
    sdpa = a + "scaled_dot_product_attention.default"
    case(sdpa, q, k, v)
    case(sdpa, q, k, v, R(3, 3, seed=5))
    case(sdpa, q, k, v, None, 0.0, True, scale=0.25)
    case(sdpa, q, k, v, T([[True, False, True]] * 3, "bool"))
    case(sdpa, q, R(1, 1, 3, 4, seed=2), R(1, 1, 3, 2, seed=3), enable_gqa=True)


with torch.no_grad():
    for f in (elementwise, binary, convolutions, pools, reductions, shapes, indices, fills, resizes, networks):
        f()
print("[")
print(",\n".join(json.dumps(c, separators=(",", ":")) for c in CASES))
print("]")
