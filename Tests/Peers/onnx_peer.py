"""Runs exported ONNX models with onnxruntime and compares with `rnn-dist predict`: 100 ragged inputs a model.

    python3 Tests/Peers/onnx_peer.py --program .build/release/rnn-dist

For every cell, convention, direction and depth, as a classifier, a tagger and a language model, and for every read-out and kind
of input: trains a little, exports, has `onnx.checker` look at the file, and lets the exported load_model.py predict. Then the
same sequences go in one batch, with random tokens for padding and more of it than needed, and one by one: lengths alone must
decide. Needs the packages onnx and onnxruntime. Ends with 1 where two outputs differ by more than 1e-5.
"""
import argparse
import contextlib
import importlib.util
import io
import itertools
import json
import random
import subprocess
import tempfile
from pathlib import Path

import numpy as np
import onnx

CELLS = {
    "elman tanh": "cell: elman", "elman relu": "cell: elman, activation: relu",
    "elman sigmoid": "cell: elman, activation: sigmoid", "gru reset after": "cell: gru, reset: after",
    "gru reset before": "cell: gru, reset: before", "lstm": "cell: lstm",
}
WORDS = [f"w{number}" for number in range(40)]
LIMIT = 1e-5


def sentence(rng, words=WORDS):
    return [rng.choice(words) for _ in range(rng.randint(1, 14))]


def write_data(folder, rng):
    rows = [sentence(rng) for _ in range(200)]
    def kind(word): return "abc"[int(word[1:]) % 3]
    (folder / "classify.csv").write_text("".join(f"{kind(row[0])},{' '.join(row)}\n" for row in rows))
    (folder / "tag.txt").write_text("\n".join("".join(f"{word} {kind(word).upper()}\n" for word in row) for row in rows))
    (folder / "text.txt").write_text("".join(" ".join(row) + "\n" for row in rows))
    values = "".join(f"{i % 3} " + " ".join(f"{rng.uniform(-1, 1) + i % 3:.3f}" for _ in row) + "\n" for i, row in enumerate(rows))
    (folder / "values.txt").write_text(values)


def cases():
    """Name, task, settings."""
    def layers(cell, both, depth):
        return "[" + ", ".join(f"{{{CELLS[cell]}, size: {7 + n}, bidirectional: {both}}}" for n in range(depth)) + "]"

    one, embedded = "{one_hot: true}", "{embedding: 6}"
    for cell, both, depth in itertools.product(CELLS, ["false", "true"], [1, 2]):
        name, model = f"{cell}, {'two directions' if both == 'true' else 'forward'}, {depth}", layers(cell, both, depth)
        yield f"classify, {name}", "classify", {"model.layers": model, "model.input": embedded}
        yield f"tag, {name}", "tag", {"model.layers": model, "model.input": embedded}
        if both == "false":
            yield f"language model, {name}", "language_model", {"model.layers": model, "model.input": embedded}
    for readout, both, entry in itertools.product(["last", "mean", "max"], ["false", "true"], [one, embedded]):
        settings = {"model.layers": layers("lstm", both, 2), "model.readout": readout, "model.input": entry}
        yield f"classify, {readout} of {'two directions' if both == 'true' else 'one'}, {entry}", "classify", settings
    mixed = f"[{{{CELLS['gru reset before']}, size: 5, bidirectional: true}}, {{{CELLS['lstm']}, size: 6}}, {{cell: elman, size: 4}}]"
    dense = "[{size: 9, activation: relu}, {size: 5, activation: tanh}, {size: 6, activation: sigmoid}]"
    yield "classify, three kinds of layers, dense layers", "classify", {
        "model.layers": mixed, "model.dense": dense, "model.input": embedded}
    yield "language model, one-hot", "language_model", {"model.layers": layers("lstm", "false", 1), "model.input": one}
    yield "language model, tied", "language_model", {
        "model.layers": layers("lstm", "false", 1), "model.input": "{embedding: 7}", "model.output": "{tied: true}"}
    yield "classify, characters", "classify", {
        "model.layers": layers("gru reset after", "true", 1), "model.input": one, "data.tokens": "characters"}
    yield "classify, values", "values", {"model.layers": layers("lstm", "true", 1), "model.readout": "mean"}


def command(program, *parts):
    done = subprocess.run([program, *map(str, parts)], capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{' '.join(map(str, done.args))}\n{done.stderr}")
    return done.stdout


def train(program, folder, task, settings, output):
    files = {"classify": "classify.csv", "tag": "tag.txt", "language_model": "text.txt", "values": "values.txt"}
    base = {
        "data.validation_fraction": 0, "training.epochs": 4, "training.batch_size": 16,
        "training.optimizer.learning_rate": 0.03, "data.tokens": "words",
    }
    if task == "language_model":
        base["data.lines"] = "true"
    if task == "values":
        base.update({"data.tokens": "values", "model.input": "features"})
    config = folder / "config.yaml"
    config.write_text(
        f"task: {'classify' if task == 'values' else task}\ndata: {{train: {folder / files[task]}, tokens: "
        f"{'values' if task == 'values' else 'words'}}}\nmodel: {{input: {'features' if task == 'values' else '{embedding: 4}'}}}\n")
    sets = [part for key, value in (base | settings).items() for part in ("--set", f"{key}={value}")]
    command(program, "train", config, "--threads", 1, "--output", output, *sets)


def loaded(path):
    spec = importlib.util.spec_from_file_location("load_model", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def numbers(line, task):
    """What a line of predictions says, as numbers under names."""
    if task == "tag":
        return {(place, token["token"], token["tag"]): token.get("probability") for place, token in enumerate(line["tokens"])}
    if task == "language_model":
        return {"loss": line["loss_nats"]}
    return {found["label"]: found["probability"] for found in line["predictions"]}


def padding_difference(module, texts, rng):
    """Between a batch with rubbish behind the ends, and sequences by themselves."""
    sequences = [module.encode(text) for text in texts]
    lengths = np.array([len(sequence) for sequence in sequences], np.int64)
    name = module.session.get_inputs()[0].name
    isText = name == "tokens"
    shape = (len(sequences), lengths.max() + 5) + (() if isText else (sequences[0].shape[1],))
    padded = rng.integers(0, len(module.NUMBERS), shape) if isText else rng.normal(size=shape).astype(np.float32)
    for row, sequence in zip(padded, sequences):
        row[: len(sequence)] = sequence
    (together,) = module.session.run(None, {name: padded, "lengths": lengths})
    greatest = 0.0
    for row, length, sequence in zip(together, lengths, sequences):
        inputs = {name: np.array(sequence, padded.dtype)[None], "lengths": np.array([length])}
        (alone,) = module.session.run(None, inputs)
        row = row if alone.ndim == 2 else row[:length]
        greatest = max(greatest, np.abs(row - alone[0]).max())
    return greatest


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", default="rnn-dist")
    parser.add_argument("--only", default="", help="cases whose name holds this")
    arguments = parser.parse_args()
    program, worst, count = arguments.program, 0.0, 0
    print("| model | greatest difference | with other padding |")
    print("|---|---:|---:|")
    with tempfile.TemporaryDirectory() as name:
        folder, rng = Path(name), random.Random(1)
        write_data(folder, rng)
        for number, (name, task, settings) in enumerate(cases()):
            if arguments.only not in name:
                continue
            run, exported = folder / f"run{number}", folder / f"exported{number}"
            exported.mkdir()
            train(program, folder, task, settings, run)
            command(program, "export", run, "--to", "onnx", exported / "model.onnx")
            onnx.checker.check_model(str(exported / "model.onnx"), full_check=True)
            # Words that nobody knows are read as one; a language model must know all.
            words = WORDS if task == "language_model" else WORDS + ["new"]
            texts = [" ".join(sentence(rng, words)) for _ in range(100)]
            if task == "values":
                texts = [" ".join(f"{rng.uniform(-1, 3):.3f}" for _ in text.split()) for text in texts]
            (folder / "input.txt").write_text("".join(text + "\n" for text in texts))
            top = ["--top-k", 3] if task in ("classify", "values") else []
            ours = command(program, "predict", run, "--input", folder / "input.txt", "--format", "jsonl", *top)
            module, theirs = loaded(exported / "load_model.py"), io.StringIO()
            with contextlib.redirect_stdout(theirs):
                for first in range(0, len(texts), 64):
                    module.predict(texts[first : first + 64])
            pairs = list(zip(map(json.loads, ours.splitlines()), map(json.loads, theirs.getvalue().splitlines()), strict=True))
            assert len(pairs) == 100
            greatest = 0.0
            for our, their in pairs:
                our, their = numbers(our, task), numbers(their, task)
                assert our.keys() == their.keys(), f"{name}: {our} and {their}"
                greatest = max([greatest] + [abs(our[key] - their[key]) for key in our if our[key] is not None])
            padding = padding_difference(module, texts, np.random.default_rng(number))
            print(f"| {name} | {greatest:.1e} | {padding:.1e} |", flush=True)
            worst, count = max(worst, greatest, padding), count + 1
    print(f"{count} models of 100 sequences each: at most {worst:.1e} apart, of {LIMIT:.0e} allowed")
    raise SystemExit(0 if worst <= LIMIT else 1)


if __name__ == "__main__":
    main()
