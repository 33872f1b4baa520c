"""Records what upstream's observers do with generated batches.

Usage: OMP_NUM_THREADS=1 python cases.py COUNT SEED > cases.json

Needs torch 2.13 and torchao 0.18.0 on x86-64 with AVX2 or AVX-512. A case names its batches by kind,
seed, sizes, factor and growth; observer_test.go makes the same values. Floats are written as the
number of their float32 bits, arrays as the CRC-32 of their little-endian bytes.
"""

import json
import random
import sys
import warnings
import zlib

import numpy as np
import torch
import torch.ao.quantization.fx._decomposed  # registers the operators
from torchao.quantization.pt2e.observer import (
    HistogramObserver,
    MinMaxObserver,
    PerChannelMinMaxObserver,
)

F = np.float32
AFFINE, SYMMETRIC = torch.per_tensor_affine, torch.per_tensor_symmetric
RANGES = {
    "i8": (torch.int8, -128, 127, AFFINE, 2**-16),
    "i8n": (torch.int8, -127, 127, AFFINE, 2**-16),
    "u8": (torch.uint8, 0, 255, AFFINE, 2**-16),
    "i8s": (torch.int8, -128, 127, SYMMETRIC, torch.finfo(torch.float32).eps),
    "i16s": (torch.int16, -32767, 32767, SYMMETRIC, 2**-12),
    "i16f": (torch.int16, -32767, 32767, SYMMETRIC, 2**-16),
}
KINDS = "uniform cube heavy relu const zero shift negative sparse inf bell step sat".split()


def draw(state, n):
    """The next n values of the generator, 24 bits each, and its state after them."""
    out = np.empty(n, np.uint32)
    for i in range(n):
        state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
        out[i] = state >> 40
    return out, state


def batch(kind, state, n, k):
    u, state = draw(state, n * 4 if kind == "bell" else n)
    g = u.astype(F) / F(2**23) - F(1)
    cube = (g * g) * g
    i = np.arange(n)
    if kind == "uniform":
        x = g * k
    elif kind == "cube":
        x = cube * k
    elif kind == "heavy":
        x = ((cube * cube) * cube) * k
    elif kind == "relu":
        x = np.maximum(g, F(0)) * k
    elif kind == "const":
        x = np.full(n, k, F)
    elif kind == "zero":
        x = np.zeros(n, F)
    elif kind == "shift":
        x = g + k
    elif kind == "negative":
        x = -(np.abs(g) * k)
    elif kind == "sparse":
        x = np.where(u % 8 == 0, g * k, F(0))
    elif kind == "inf":
        x = np.where(i % 17 == 3, F(np.inf), np.where(i % 23 == 5, F(-np.inf), cube * k))
    elif kind == "bell":
        x = ((g[0::4] + g[1::4]) + (g[2::4] + g[3::4])) * k
    elif kind == "step":
        x = (u >> 20).astype(F) * k
    elif kind == "sat":
        x = np.minimum(np.maximum(g * F(3), F(-1)), F(1)) * k
    return torch.from_numpy(np.ascontiguousarray(x.astype(F))), state


def bits(v):
    v = F(float(v)) + F(0)
    return 0x7FC00000 if np.isnan(v) else int(v.view(np.uint32))


def crc(a):
    return zlib.crc32(np.ascontiguousarray(a).tobytes())


def histogram(out, batches, r):
    dtype, lo, hi, scheme, eps = r
    h = HistogramObserver(dtype=dtype, qscheme=scheme, quant_min=lo, quant_max=hi, eps=eps)
    try:
        for x in batches:
            h(x)
    except RuntimeError as e:
        out["e"] = str(e).replace("-nan", "nan")
        return None
    out["h"] = [bits(h.min_val), bits(h.max_val), crc(h.histogram.numpy())]
    if h.min_val != float("inf"):
        out["w"] = [bits(v) for v in h._non_linear_param_search()]
    try:
        scale, zero = h.calculate_qparams()
    except AssertionError as e:
        out["e"] = str(e)
        return None
    out["p"] = [bits(scale), int(zero)]
    return float(scale), int(zero)


def cast(out, x, p, r):
    dtype, lo, hi = r[:3]
    ops = torch.ops.quantized_decomposed
    q = ops.quantize_per_tensor(x, *p, lo, hi, dtype)
    d = ops.dequantize_per_tensor(q, *p, lo, hi, dtype)
    out["q"] = [crc(q.numpy().astype(np.int32)), crc(d.numpy())]


def minmax(out, batches, r):
    dtype, lo, hi, scheme, eps = r
    m = MinMaxObserver(dtype=dtype, qscheme=scheme, quant_min=lo, quant_max=hi, eps=eps)
    for x in batches:
        m(x)
    scale, zero = m.calculate_qparams()
    out["m"] = [bits(scale), int(zero)]


def channels(out, batches, r):
    """Four channels on the middle axis, for batches that divide by twelve."""
    dtype, lo, hi, scheme, eps = r
    scheme = torch.per_channel_affine if scheme == AFFINE else torch.per_channel_symmetric
    c = PerChannelMinMaxObserver(
        ch_axis=1, dtype=dtype, qscheme=scheme, quant_min=lo, quant_max=hi, eps=eps
    )
    for x in batches:
        c(x.reshape(-1, 4, 3))
    scale, zero = c.calculate_qparams()
    ops = torch.ops.quantized_decomposed
    x = batches[-1].reshape(-1, 4, 3)
    q = ops.quantize_per_channel(x, scale, zero, 1, lo, hi, dtype)
    d = ops.dequantize_per_channel(q, scale, zero, 1, lo, hi, dtype)
    out["c"] = [
        crc(scale.numpy()),
        crc(zero.numpy().astype(np.int64)),
        crc(q.numpy().astype(np.int32)),
        crc(d.numpy()),
    ]


def case(rng, number):
    kind = KINDS[number % len(KINDS)]
    sizes = [rng.choice([0, 1, 2, 5, 12, 60, 96, 240, 996, 3000]) for _ in range(rng.randint(1, 6))]
    if number % 3 == 0:
        sizes = [12 * rng.randint(1, 100) for _ in sizes]
    if number % 97 == 0:
        sizes = [120000, 1200]
    k = rng.choice([1.0, -1.0, 0.01, 3.7, 6.0, 100.0, 12345.678, rng.uniform(-20, 20), 10 ** rng.uniform(-9, 9)])
    if number % 11 == 0:
        k = rng.choice([1e-43, 1e-41, 1e-38, 1e-20, 1e-14, 1e12, 1e14, 1e20, 1e36, 1e38, 3e38, 2.0**24])
    grow = rng.choice([1.0, 1.0, 0.5, 1.01, 1.3, 2.0, -1.5, 10.0])
    out = {"k": kind, "r": list(RANGES)[rng.randrange(len(RANGES))], "s": rng.getrandbits(40), "n": sizes}
    out["f"], out["g"] = bits(k), bits(grow)
    return out


def fill(out):
    state, k, r = out["s"], F(np.uint32(out["f"]).view(F)), RANGES[out["r"]]
    batches = []
    for n in out["n"]:
        x, state = batch(out["k"], state, n, k)
        batches.append(x)
        k = k * np.uint32(out["g"]).view(F)
    p = histogram(out, batches, r)
    if p:
        cast(out, batches[-1], p, r)
    if any(bool(x.isnan().any()) for x in batches):
        return out
    if sum(out["n"]) > 0:
        minmax(out, batches, r)
    if all(n > 0 and n % 12 == 0 for n in out["n"]):
        channels(out, batches, r)
    return out


def main():
    warnings.filterwarnings("ignore")
    np.seterr(all="ignore")
    torch.set_num_threads(1)
    rng = random.Random(int(sys.argv[2]))
    rows = [fill(case(rng, i)) for i in range(int(sys.argv[1]))]
    print("[\n" + ",\n".join(json.dumps(r, separators=(",", ":")) for r in rows) + "\n]")


main()
