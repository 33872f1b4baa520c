"""Give the TOSA files that seam writes to the reference model and to Vela, and compare both with what is recorded.

tosa.py SEAM CORPUS: for every models/M/tosa/CONFIG of the corpus, `seam run --tosa` writes M's delegates; the reference
model must give the values of tagN.io.npz, Vela the figures of vela.json. A calibrated scale may differ from upstream's in
its last digit, so a value may be off by one; those files are listed. Needs tosa-tools and ethos-u-vela, and the corpus's
neighbour ../tools/tosa-run.py. Exit status 1 where anything else differs.
"""
import csv
import json
import re
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

seam, corpus = Path(sys.argv[1]), Path(sys.argv[2])
model_runner = corpus.parent / "tools" / "tosa-run.py"
VELA = {
    "u55": ["--accelerator-config=ethos-u55-128", "--system-config=Ethos_U55_High_End_Embedded", "--memory-mode=Shared_Sram"],
    "u85": ["--accelerator-config=ethos-u85-256", "--system-config=Ethos_U85_SYS_DRAM_Mid", "--memory-mode=Sram_Only"],
}


def call(*args):
    return subprocess.run([str(a) for a in args], capture_output=True, text=True, timeout=300)


def recording(model, config):
    """A configuration's recording; that of the U55 where there is none of the U85, with the target to use instead."""
    path = model / f"golden-{config}.json"
    if path.exists():
        return path, []
    return model / f"golden-{config.replace('u85', 'u55', 1)}.json", ["--target", "ethos-u85-256"]


def vela(file, config, out):
    r = call(sys.executable, "-m", "ethosu.vela", *VELA["u85" if "u85" in config else "u55"], "--config=Arm/vela.ini",
             "--output-format=raw", f"--output-dir={out}", file)
    rows = list(Path(out).glob("*summary*.csv"))
    if not rows:
        lines = (r.stderr or r.stdout).strip().splitlines()
        return {"error": lines[-1] if lines else "no answer"}
    with open(rows[0]) as f:
        return next(csv.DictReader(f))


def zeros(file, to):
    """An input of zeros for every input of a file: of what no input is recorded, random ones are indices out of range."""
    listed = re.findall(r"^(in\d+) \S+ (\w+) (\[.*\])$", call(sys.executable, model_runner, file, "--list").stdout, re.M)
    np.savez(to, **{name: np.zeros(json.loads(shape), dtype) for name, dtype, shape in listed})
    return to


def run(file, io, out):
    """How far the outputs are from the recorded ones, at most, or what the reference model says against it."""
    r = call(sys.executable, model_runner, file, "--in", io, "--out", out)
    if r.returncode:
        return None, (r.stdout + r.stderr).strip()[-300:]
    got, want = np.load(out), np.load(io)
    outputs = [k for k in want.files if k.startswith("out")]
    return max((int(abs(got[k].astype(int).ravel() - want[k].astype(int).ravel()).max()) for k in outputs), default=0), ""


def check(folder):
    """What differs for one model and configuration, what is off by one, and how many files ran and compiled."""
    config, model = folder.name, folder.parent.parent
    name, bad, near, ran, compiled = f"{model.name}/{config}", [], [], 0, 0
    with tempfile.TemporaryDirectory() as tmp:
        like, more = recording(model, config)
        r = call(seam, "run", model / "model.pt2", "--calib", model / "calib.npz", "--like", like, *more, "--tosa", tmp)
        wanted = json.loads((folder / "vela.json").read_text())
        for theirs in sorted(folder.glob("tag*.tosa")):
            ours, tag = Path(tmp) / theirs.name, theirs.stem
            if not ours.exists():
                bad.append(f"{name}/{tag}: not written: {r.stderr.strip()[-200:]}")
                continue
            io = folder / f"{tag}.io.npz"
            far, text = run(ours, io if io.exists() else zeros(ours, Path(tmp) / f"{tag}.npz"), Path(tmp) / "out.npz")
            if far is None or far > 1:
                bad.append(f"{name}/{tag}: reference model: {text or f'an output is off by {far}'}")
            elif far == 1:
                near.append(f"{name}/{tag}")
            got = vela(ours, config, Path(tmp) / f"vela-{tag}")
            for key, value in wanted[tag].items():
                if key not in got or key != "error" and float(got[key]) != value:
                    bad.append(f"{name}/{tag}: Vela: {key} is {got.get(key, got)}, recorded {value}")
            ran, compiled = ran + 1, compiled + ("error" not in got)
    return bad, near, ran, compiled


folders = sorted(p for p in corpus.glob("models/*/tosa/*") if (p / "vela.json").exists())
with ThreadPoolExecutor(2) as pool:
    bad, near, ran, compiled = zip(*pool.map(check, folders))
for line in sum(bad, []):
    print(line)
print(f"reference model ran {sum(ran)} files, outputs off by one: {' '.join(sum(near, [])) or 'none'}; Vela compiled {sum(compiled)}")
sys.exit(1 if sum(ran) == 0 or sum(bad, []) else 0)
