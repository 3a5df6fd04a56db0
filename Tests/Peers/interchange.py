"""Models there and back: what other frameworks make of exported models, and what becomes of theirs here.

    python3 Tests/Peers/interchange.py --program .build/release/rnn-dist \
        --torch-python TORCH/bin/python --keras-python KERAS/bin/python

For every cell, convention, direction and depth, and for classification, tagging and language models, a small model is trained,
exported, and asked for its outputs on 100 texts of unequal length by the `load_model.py` that stands beside the file; they are
compared with those of `rnn-dist predict`. Then models are trained in PyTorch and Keras for a few steps, saved with their own
means, imported, compared likewise, and trained on here. Prints a table of the greatest differences; the exit status is 1 where
one is above 1e-5. The pythons need torch, safetensors and h5py, and keras with a backend; this script itself needs neither.
"""
import argparse
import contextlib
import io
import json
import math
import os
import random
import runpy
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

LIMIT = 1e-5
WORDS = [f"{a}{b}" for a in ("ka", "lo", "mi", "nu", "re") for b in ("ba", "du", "fo", "gi", "so", "té")]
FORMATS = {"safetensors": "model.safetensors", "keras": "model.weights.h5", "keras-archive": "model.keras"}
CELLS = {
    "elman tanh": {"cell": "elman"}, "elman relu": {"cell": "elman", "activation": "relu"},
    "elman sigmoid": {"cell": "elman", "activation": "sigmoid"}, "gru after": {"cell": "gru", "reset": "after"},
    "gru before": {"cell": "gru", "reset": "before"}, "lstm": {"cell": "lstm"},
}
NOT_IN_TORCH = ("elman sigmoid", "gru before")


def texts(task, count, rng):
    """Random texts of 1 to 25 words; classifications and taggings get some words that nobody knows."""
    strange = [] if task == "language_model" else ["unheard", "Öl"]
    return [
        " ".join(rng.choice(WORDS + strange) for _ in range(rng.randint(1, 25))) for _ in range(count)
    ]


def write_data(folder):
    """Training data of each task: labels and tags that depend on words and neighbours."""
    rng = random.Random(1)
    lines = [[rng.choice(WORDS) for _ in range(rng.randint(2, 20))] for _ in range(300)]
    kind = lambda words: "abc"[sum(WORDS.index(w) for w in words) % 3]
    (folder / "classify.csv").write_text("".join(f"{kind(w)},{' '.join(w).title()}!\n" for w in lines))
    tag = lambda before, word: "XYZ"[(WORDS.index(before) + WORDS.index(word)) % 3]
    (folder / "tag.txt").write_text(
        "\n".join("".join(f"{w} {tag(b, w)}\n" for b, w in zip(l[:1] + l, l)) for l in lines))
    (folder / "language_model.txt").write_text("".join(" ".join(l) + "\n" for l in lines))
    series = [(rng.choice("ab"), [rng.gauss(0, 1) for _ in range(rng.randint(3, 20))]) for _ in range(100)]
    (folder / "values.txt").write_text("".join(f"{l}\t" + "\t".join(f"{v:.4f}" for v in s) + "\n" for l, s in series))


def configuration(task, layers, **changes):
    data = {
        "classify": {"train": "classify.csv"}, "tag": {"train": "tag.txt"},
        "language_model": {"train": "language_model.txt", "lines": True},
    }[task]
    return {
        "task": task, "data": {**data, "tokens": "words", "validation_fraction": 0.2},
        "model": {"input": {"embedding": 12}, "layers": layers},
        "training": {"epochs": 2, "batch_size": 32, "optimizer": {"name": "adam", "learning_rate": 0.01}},
        **changes,
    }


def cases():
    """Name and configuration of every model; the name's end tells the cell."""
    for task in ("classify", "tag", "language_model"):
        for cell, layer in CELLS.items():
            for directions in (1, 2) if task != "language_model" else (1,):
                for depth in (1, 2):
                    layers = [{**layer, "size": 10, **({"bidirectional": True} if directions == 2 else {})}] * depth
                    yield f"{task}, {directions} directions, depth {depth}, {cell}", configuration(task, layers)
    lstm, gru = {"cell": "lstm", "size": 8, "bidirectional": True}, {"cell": "gru", "size": 6}
    case = configuration("classify", [lstm, gru])
    case["model"]["dense"] = [{"size": 7, "activation": "relu"}, {"size": 5, "activation": "tanh"}]
    yield "classify, unlike layers, dense layers", case
    case = configuration("classify", [lstm])
    case["model"]["readout"] = "mean"
    yield "classify, mean over time", case
    case = configuration("classify", [lstm])
    case["model"]["readout"] = "max"
    yield "classify, maximum over time", case
    case = configuration("classify", [lstm, lstm])
    case["model"]["input"] = {"one_hot": True}
    case["data"].update(tokens="characters", standardize={"fold_accents": True, "lower_case": True}, max_length=60)
    yield "classify, characters, one-hot", case
    case = configuration("tag", [lstm])
    case["data"].update(standardize={"lower_case": True}, max_length=12)
    yield "tag, lower case, cut", case
    case = configuration("language_model", [{"cell": "lstm", "size": 12}])
    case["model"]["output"] = {"tied": True}
    yield "language model, tied", case
    case = configuration("language_model", [{"cell": "gru", "size": 12}])
    case["data"].update(tokens="characters")
    yield "language model, characters", case
    case = configuration("language_model", [{"cell": "lstm", "size": 12}])
    case["data"].update(tokens="bytes")
    yield "language model, bytes", case
    case = configuration("classify", [{**lstm, "cell": "gru"}])
    case["data"] = {"train": "values.txt", "tokens": "values", "format": "ucr", "validation_fraction": 0.2}
    case["model"]["input"] = "features"
    yield "classify, numbers", case


def numbers(line):
    """What a prediction amounts to, as numbers under names."""
    if "predictions" in line:
        return {p["label"]: p["probability"] for p in line["predictions"]}
    if "tokens" in line:
        return {f"{i} {t['token']} {t['tag']}": t["probability"] for i, t in enumerate(line["tokens"])}
    return {"loss": line["loss_nats"]}


def difference(ours, theirs):
    """The greatest difference between two lists of predictions; infinite where they name other tags or texts."""
    if len(ours) != len(theirs):
        return math.inf
    worst = 0.0
    for one, two in zip(ours, theirs):
        one, two = numbers(one), numbers(two)
        if one.keys() != two.keys():
            return math.inf
        worst = max([worst] + [abs(one[key] - two[key]) for key in one])
    return worst


# In the pythons of the frameworks -------------------------------------------------------------------------------------


def loaded(script, lines):
    """The variables of a loading script, and what it prints for these texts."""
    printed, arguments = io.StringIO(), sys.argv
    sys.argv = [str(script)] + lines
    with contextlib.redirect_stdout(printed):
        variables = runpy.run_path(str(script), run_name="__main__")
    sys.argv = arguments
    return variables, printed.getvalue()


def padded(variables, lines, labels):
    """Numbers of tokens and made-up targets of training texts, as arrays."""
    import numpy as np

    rows = [variables["encode"](line) for line in lines]
    x = np.zeros((len(rows), max(map(len, rows))), np.int64)
    for target, row in zip(x, rows):
        target[: len(row)] = row
    return x, np.array([len(row) for row in rows]), (x * 7 % labels if labels else None)


def train_torch(folder, variables, lines):
    """Trains the script's model some steps from new weights, and saves it in three ways."""
    import h5py
    import torch
    from safetensors.torch import save_file, save_model

    torch.manual_seed(1)
    model = variables["Model"]()
    x, lengths, _ = padded(variables, lines, None)
    x, lengths = torch.tensor(x), torch.tensor(lengths)
    optimizer = torch.optim.Adam(model.parameters(), 0.01)
    for _ in range(5):
        logits = model(x, lengths)
        goal = x.sum(1) if logits.dim() == 2 else x[:, : logits.shape[1]]
        loss = torch.nn.functional.cross_entropy(logits.flatten(0, -2), (goal % logits.shape[-1]).flatten())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    save_file({name: tensor.clone() for name, tensor in model.state_dict().items()}, folder / "model.safetensors")
    save_model(model, str(folder / "once.safetensors"))  # a tied matrix under one name
    with h5py.File(folder / "state.h5", "w") as file:
        for name, tensor in model.state_dict().items():
            file[name] = tensor.numpy()


def train_keras(folder, variables, lines):
    import keras

    keras.utils.set_random_seed(1)
    model = keras.models.clone_model(variables["model"])
    x, _, _ = padded(variables, lines, None)
    x = x.astype("int32")
    classes = model.output_shape[-1]
    goal = x.sum(1) % classes if len(model.output_shape) == 2 else x % classes
    model.compile(keras.optimizers.Adam(0.01), "sparse_categorical_crossentropy")
    model.fit(x, goal, epochs=2, batch_size=32, verbose=0)
    model.save_weights(folder / "model.weights.h5")
    model.save(folder / "model.keras")


def worker(framework, root):
    """Runs every script of the framework; makes models of its own where a folder asks for one."""
    formats = ("safetensors",) if framework == "torch" else ("keras", "keras-archive")
    for folder in sorted(root.iterdir()):
        lines = (folder / "texts.txt").read_text().splitlines() if (folder / "texts.txt").exists() else []
        for form in formats:
            script = folder / form / "load_model.py"
            if not script.exists():
                continue
            variables, printed = loaded(script, lines)
            (folder / form / "outputs.jsonl").write_text(printed)
            own = folder / f"own-{framework}"
            if own.exists() and form in ("safetensors", "keras"):
                if framework == "torch":
                    train_torch(own, variables, lines)
                else:
                    train_keras(own, variables, lines)
                # The script again, over the weights that were just made.
                for name in ("load_model.py", "vocabulary.json"):
                    (own / name).write_text((folder / form / name).read_text())
                (own / "outputs.jsonl").write_text(loaded(own / "load_model.py", lines)[1])


def vectorized(root):
    """A model trained in Keras on words that Keras' TextVectorization numbered: weights, vocabulary, probabilities."""
    import keras

    lines = [line.split(",", 1) for line in (root / "classify.csv").read_text().splitlines()]
    vectorize = keras.layers.TextVectorization(max_tokens=25)
    vectorize.adapt([text for _, text in lines])
    keras.utils.set_random_seed(1)
    inputs = keras.Input((None,), dtype="int64")
    x = keras.layers.Embedding(25, 12, mask_zero=True)(inputs)
    x = keras.layers.Dropout(0.2)(x)
    x = keras.layers.Bidirectional(keras.layers.LSTM(10))(x)
    model = keras.Model(inputs, keras.layers.Dense(3, activation="softmax")(x))
    model.compile("adam", "sparse_categorical_crossentropy")
    model.fit(vectorize([t for _, t in lines]), keras.ops.array(["abc".index(l) for l, _ in lines]), epochs=2, verbose=0)
    model.save(root / "vectorized.keras")
    (root / "vectorized.txt").write_text("\n".join(vectorize.get_vocabulary()) + "\n")
    asked = (root / "asked.txt").read_text().splitlines()
    rows = keras.ops.convert_to_numpy(model(vectorize(asked)))
    (root / "vectorized.jsonl").write_text(
        "".join(json.dumps({"predictions": [{"label": l, "probability": float(p)} for l, p in zip("abc", row)]}) + "\n"
                for row in rows))


# Here -----------------------------------------------------------------------------------------------------------------


class Bench:
    def __init__(self, program, root):
        self.program, self.root, self.failures = os.path.abspath(program), root, 0

    def run(self, *arguments, status=0):
        done = subprocess.run(
            [self.program, *map(str, arguments)], cwd=self.root, capture_output=True, text=True, check=False)
        if done.returncode != status:
            sys.exit(f"rnn-dist {' '.join(map(str, arguments))}: status {done.returncode}\n{done.stdout}{done.stderr}")
        return done

    def predictions(self, model, lines, classes):
        (self.root / "lines.txt").write_text("".join(line + "\n" for line in lines))
        top = ["--top-k", classes] if classes else []
        printed = self.run("predict", model, "--input", "lines.txt", "--format", "jsonl", *top).stdout
        return [json.loads(line) for line in printed.splitlines()]

    def row(self, name, what, worst):
        self.failures += not worst <= LIMIT
        print(f"| {name} | {what} | {worst:.1e} |" + ("" if worst <= LIMIT else " **too much**"), flush=True)


def read(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", default="rnn-dist")
    parser.add_argument("--torch-python", default="python3")
    parser.add_argument("--keras-python", default="python3")
    parser.add_argument("--worker", choices=["torch", "keras"], help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help="for models; trained ones that are there are taken")
    arguments = parser.parse_args()
    if arguments.worker:
        worker(arguments.worker, arguments.folder / "models")
        if arguments.worker == "keras":
            vectorized(arguments.folder)
        return
    with contextlib.ExitStack() as stack:
        folder = arguments.folder or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        sys.exit(check(Bench(arguments.program, folder.absolute()), arguments))


def check(bench, arguments):
    root, rng = bench.root, random.Random(2)
    write_data(root)
    (root / "asked.txt").write_text("".join(line + "\n" for line in texts("classify", 100, rng)))
    made = []
    for number, (name, case) in enumerate(cases()):
        folder = root / "models" / f"{number:03}"
        folder.mkdir(parents=True, exist_ok=True)
        case["output"] = str(folder / "run")
        (folder / "config.yaml").write_text(json.dumps(case))
        if not (folder / "run").exists():
            bench.run("train", folder / "config.yaml", "--threads", 1)
        lines = texts(case["task"], 100, rng)
        if "numbers" in name:
            lines = [" ".join(f"{rng.gauss(0, 1):.4f}" for _ in range(rng.randint(1, 25))) for _ in range(100)]
        (folder / "texts.txt").write_text("".join(line + "\n" for line in lines))
        classes = {"classify": 2 if "numbers" in name else 3}.get(case["task"])
        formats = [
            form for form in FORMATS
            if not (form == "safetensors" and name.endswith(NOT_IN_TORCH))
            and not (form != "safetensors" and "maximum" in name)
        ]
        for form in formats:
            (folder / form).mkdir(exist_ok=True)
            bench.run("export", folder / "run", "--to", form, folder / form / FORMATS[form])
        if "depth 2" in name or "tied" in name:
            # Keras' copy of a tied matrix would not stay a copy.
            for framework in ("torch",) * ("safetensors" in formats) + ("keras",) * ("tied" not in name):
                shutil.rmtree(folder / f"own-{framework}", ignore_errors=True)
                (folder / f"own-{framework}").mkdir()
        made.append((name, folder, lines, classes, formats))
    for framework, python in (("torch", arguments.torch_python), ("keras", arguments.keras_python)):
        subprocess.run(
            [python, __file__, "--worker", framework, "--folder", str(root)], check=True,
            env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "OMP_NUM_THREADS": "1"}, stderr=subprocess.DEVNULL)

    print(f"{len(made)} models, 100 texts each; the greatest difference of a probability, or of a mean loss\n")
    print("| model | way | difference |\n|---|---|---:|")
    for name, folder, lines, classes, formats in made:
        ours = bench.predictions(folder / "run", lines, classes)
        for form in formats:
            bench.row(name, f"to {form}", difference(ours, read(folder / form / "outputs.jsonl")))
    for name, folder, lines, classes, formats in made:
        for framework, files in (
            ("torch", ("model.safetensors", "once.safetensors", "state.h5")), ("keras", ("model.weights.h5", "model.keras")),
        ):
            own = folder / f"own-{framework}"
            for file in files if own.exists() else ():
                imported = own / f"run-{file}"
                bench.run("import", folder / "config.yaml", "--from", own / file, "--output", imported)
                ours = bench.predictions(imported, lines, classes)
                bench.row(name, f"from {file}", difference(ours, read(own / "outputs.jsonl")))
            if own.exists():
                trains_on(bench, name, imported)
    imported = root / "vectorized"
    for old in (imported, root / "vectorized-on"):
        shutil.rmtree(old, ignore_errors=True)
    case = configuration("classify", [{"cell": "lstm", "size": 10, "bidirectional": True}])
    (root / "vectorized.yaml").write_text(json.dumps(case))
    bench.run("import", "vectorized.yaml", "--from", "vectorized.keras", "--vocabulary", "vectorized.txt",
              "--output", imported)
    ours = bench.predictions(imported, (root / "asked.txt").read_text().splitlines(), 3)
    bench.row("Keras' TextVectorization, dropout", "from model.keras", difference(ours, read(root / "vectorized.jsonl")))
    trains_on(bench, "Keras' TextVectorization", imported)
    print(f"\n{bench.failures} above {LIMIT}" if bench.failures else f"\nall within {LIMIT}")
    return 1 if bench.failures else 0


def trains_on(bench, name, imported):
    """Training goes on from an imported checkpoint, and its loss falls."""
    on = Path(f"{imported}-on")
    bench.run("train", "--from", imported, "--output", on, "--threads", 1, "--set", "training.epochs=4")
    losses = [event["training_loss_nats"] for event in read(on / "metrics.jsonl") if event["event"] == "epoch"]
    if len(losses) != 4 or not losses[-1] < losses[0]:
        bench.failures += 1
        print(f"| {name} | trained on | losses {losses} **do not fall** |")


if __name__ == "__main__":
    main()
