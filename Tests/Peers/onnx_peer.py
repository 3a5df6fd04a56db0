"""Runs the models of interchange.py, exported to ONNX, with onnxruntime, and compares with `rnn-dist predict`.

    python3 Tests/Peers/onnx_peer.py --program .build/release/rnn-dist

Each file passes `onnx.checker`; the `load_model.py` beside it predicts for 100 texts of unequal length. Then the same sequences go
in one batch, with random tokens for padding and more of it than needed, and one by one: lengths alone must decide. Needs the
packages onnx and onnxruntime. Prints a table of the greatest differences; the exit status is 1 where one is above 1e-5.
"""
import argparse
import copy
import io
import json
import random
import runpy
import sys
import tempfile
from contextlib import redirect_stdout
from pathlib import Path

import numpy as np
import onnx

from interchange import Bench, cases, configuration, difference, texts, write_data


def models():
    yield from cases()
    for readout in ("last", "mean", "max"):
        for depth in (1, 2):
            for entry in ({"embedding": 9}, {"one_hot": True}):
                case = configuration("classify", [{"cell": "gru", "size": 8, "bidirectional": depth == 2}] * depth)
                case["model"].update(readout=readout, input=entry)
                yield f"classify, {readout}, depth {depth}, {'one-hot' if 'one_hot' in entry else 'embedding'}", case


def loaded(script):
    """The script's variables, without its predicting anything."""
    return runpy.run_path(str(script), run_name="load_model")


def padding_difference(script, lines, rng):
    """Between a batch with rubbish behind the ends, and sequences by themselves."""
    sequences = [np.array(script["encode"](line)) for line in lines]
    session, lengths = script["session"], np.array([len(sequence) for sequence in sequences], np.int64)
    name = session.get_inputs()[0].name
    shape = (len(sequences), lengths.max() + 5) + sequences[0].shape[1:]
    if name == "tokens":
        padded = rng.integers(0, len(script["RULES"]["vocabulary"]), shape)
    else:
        padded = rng.normal(size=shape).astype(np.float32)
    for row, sequence in zip(padded, sequences):
        row[: len(sequence)] = sequence
    (together,) = session.run(None, {name: padded, "lengths": lengths})
    greatest = 0.0
    for row, length in zip(range(len(sequences)), lengths):
        (alone,) = session.run(None, {name: padded[row : row + 1, :length], "lengths": lengths[row : row + 1]})
        both = together[row] if alone.ndim == 2 else together[row, :length]
        greatest = max(greatest, float(np.abs(both - alone[0]).max()))
    return greatest


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", default="rnn-dist")
    parser.add_argument("--only", default="", help="models whose name holds this")
    arguments = parser.parse_args()
    rng, count = random.Random(3), 0
    print("| model | way | difference |\n|---|---|---:|")
    with tempfile.TemporaryDirectory() as root:
        bench = Bench(arguments.program, Path(root))
        write_data(bench.root)
        for number, (name, case) in enumerate(models()):
            if arguments.only not in name:
                continue
            case, run, folder = copy.deepcopy(case), f"run{number}", bench.root / f"exported{number}"
            # Sharper than interchange.py has them: probabilities that are all alike hide mistakes.
            case["training"].update(epochs=6)
            case["training"]["optimizer"]["learning_rate"] = 0.03
            (bench.root / "config.yaml").write_text(json.dumps(case))
            folder.mkdir()
            bench.run("train", "config.yaml", "--threads", 1, "--output", run)
            bench.run("export", run, "--to", "onnx", folder / "model.onnx")
            onnx.checker.check_model(str(folder / "model.onnx"), full_check=True)
            lines = texts(case["task"], 100, rng)
            if "numbers" in name:
                lines = [" ".join(f"{rng.gauss(0, 1):.4f}" for _ in range(rng.randint(1, 25))) for _ in range(100)]
            classes = {"classify": 2 if "numbers" in name else 3}.get(case["task"])
            ours, script, printed = bench.predictions(run, lines, classes), loaded(folder / "load_model.py"), io.StringIO()
            with redirect_stdout(printed):
                script["predict"](lines)
            theirs = [json.loads(line) for line in printed.getvalue().splitlines()]
            bench.row(name, "to onnx", difference(ours, theirs))
            bench.row(name, "other padding", padding_difference(script, lines, np.random.default_rng(number)))
            count += 1
    print(f"\n{count} models, 100 texts each: {bench.failures} differences above the limit")
    sys.exit(1 if bench.failures else 0)


if __name__ == "__main__":
    main()
