"""Writes torch.json and keras.json: small classifiers of each framework under their own names, and what they say of four texts.

    python3 make_references.py torch && python3 make_references.py keras

Made with torch 2.13 and keras 3.15.1 (tensorflow). Tokens are numbered as in ModelFixture: padding, unknown, green, red, two.
"""
import json
import sys
import tempfile
from pathlib import Path

import numpy as np

WORDS = ["", "unheard", "green", "red", "two"]
TEXTS = [[2, 3, 1, 4, 4], [3], [4, 2], [1, 1, 3, 2, 4, 2, 3]]
EMBEDDING, SIZE, CLASSES = 4, 3, 2


def torch_cases():
    import torch
    from torch import nn
    from torch.nn.utils.rnn import pack_sequence

    torch.manual_seed(3)
    kinds = [("elman tanh", nn.RNN, {}), ("elman relu", nn.RNN, {"nonlinearity": "relu"}), ("gru after", nn.GRU, {}),
             ("lstm", nn.LSTM, {})]
    for name, make, arguments in kinds:
        for directions, depth in ((1, 1), (2, 1), (2, 2)):
            model = nn.ModuleDict({
                "embedding": nn.Embedding(5, EMBEDDING), "output": nn.Linear(SIZE * directions, CLASSES),
                "rnn": make(EMBEDDING, SIZE, num_layers=depth, bidirectional=directions == 2, **arguments),
            })
            with torch.no_grad():
                for parameter in model.parameters():
                    parameter.uniform_(-1, 1)
                packed = pack_sequence([model["embedding"](torch.tensor(t)) for t in TEXTS], enforce_sorted=False)
                _, state = model["rnn"](packed)
                state = state[0] if name == "lstm" else state
                rows = model["output"](torch.cat(tuple(state[-directions:]), 1)).softmax(1)
            tensors = {k: v.numpy() for k, v in model.state_dict().items()}
            yield name, directions, depth, tensors, rows.numpy()


def keras_cases():
    import h5py
    import keras
    from keras import layers

    kinds = [("elman tanh", layers.SimpleRNN, {}), ("elman relu", layers.SimpleRNN, {"activation": "relu"}),
             ("elman sigmoid", layers.SimpleRNN, {"activation": "sigmoid"}),
             ("gru after", layers.GRU, {}), ("gru before", layers.GRU, {"reset_after": False}), ("lstm", layers.LSTM, {})]
    rng = np.random.default_rng(3)
    for name, make, arguments in kinds:
        for directions, depth in ((1, 1), (2, 1), (2, 2)):
            model = keras.Sequential([keras.Input((None,), dtype="int32"), layers.Embedding(5, EMBEDDING, mask_zero=True)])
            for level in range(depth):
                cell = make(SIZE, return_sequences=level + 1 < depth, **arguments)
                model.add(layers.Bidirectional(cell) if directions == 2 else cell)
            model.add(layers.Dense(CLASSES, activation="softmax"))
            model.set_weights([rng.uniform(-1, 1, w.shape) for w in model.get_weights()])
            padded = np.zeros((len(TEXTS), max(map(len, TEXTS))), np.int32)
            for row, text in zip(padded, TEXTS):
                row[: len(text)] = text
            tensors = {}
            with tempfile.TemporaryDirectory() as folder:
                path = Path(folder) / "model.weights.h5"
                model.save_weights(path)
                with h5py.File(path) as file:
                    file.visititems(lambda k, v: tensors.update({k: v[()]}) if isinstance(v, h5py.Dataset) else None)
            yield name, directions, depth, tensors, keras.ops.convert_to_numpy(model(padded))


def main(framework):
    cases = [
        {
            "cell": name, "directions": directions, "depth": depth,
            "tensors": {k: {"shape": v.shape, "values": v.astype(np.float32).ravel().tolist()} for k, v in tensors.items()},
            "probabilities": rows.astype(np.float32).tolist(),
        }
        for name, directions, depth, tensors, rows in {"torch": torch_cases, "keras": keras_cases}[framework]()
    ]
    texts = [" ".join(WORDS[token] for token in text) for text in TEXTS]
    # Eight digits are more than the comparison takes.
    text = json.dumps({"texts": texts, "cases": json.loads(json.dumps(cases), parse_float=lambda v: round(float(v), 8))})
    (Path(__file__).parent / f"{framework}.json").write_text(text + "\n")


main(sys.argv[1])
