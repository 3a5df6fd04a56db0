"""Writes references.json: losses, logits and gradients of small recurrent classifiers, computed by PyTorch.

    python make_references.py            (needs torch; made with the version the file names)

Everything runs in float64 from values that float32 holds exactly (multiples of 1/128), one sequence at a
time, so that nothing here can be wrong in the way packed, sharded or padded batches can be.

PyTorch's own LSTM, GRU and RNN are the reference for the cells they know. The loop in `unroll` covers what
they do not (GRU with the reset before the product, sigmoid Elman, truncated backpropagation); it is checked
against them on every case they can compute.

Names and layout of parameters (weights [in, out], row-major, y = x W + b):

    embedding/weight                    [V, E]
    layers/I/forward/input_weight       [D, G*H]    D = V for one-hot input, 2H of a bidirectional layer below
    layers/I/forward/recurrent_weight   [H, G*H]
    layers/I/forward/bias               [G*H]       PyTorch's two biases in one
    layers/I/forward/recurrent_bias     [H]         GRU with reset after the product: the candidate's only
    layers/I/backward/...                           the same for the direction that reads from the end
    dense/I/weight, dense/I/bias, output/weight, output/bias

Gates: lstm i, f, g, o; gru r, z, n with h = (1 - z) * n + z * h_prev. States begin as zeros.
"""
import json
import os

import torch
import torch.nn.functional as F

GATES = {"elman": 1, "gru": 3, "lstm": 4}
LENGTHS = [7, 3, 5, 1]  # T = 7, B = 4
VOCABULARY, EMBEDDING, FEATURES, CLASSES = 6, 3, 2, 3
SIZES = [5, 3, 2]
ACTIVATIONS = {"tanh": torch.tanh, "relu": torch.relu, "sigmoid": torch.sigmoid}
# Closer to a kink of ReLU or to a tie of the maximum, float32 could take another branch than float64.
MARGIN = 1e-3
# A tensor whose gradients all cancel to less than this would measure rounding errors, not formulae.
LEAST_GRADIENT = 0.01


class Unsuitable(Exception):
    """This seed's numbers make a poor test; another seed is tried."""


def check_margin(values):
    if values.numel() and values.abs().min() < MARGIN:
        raise Unsuitable


def layer(cell, size, bidirectional=False, activation="tanh", reset="after"):
    description = {"cell": cell, "size": size, "bidirectional": bidirectional}
    if cell == "elman":
        description["activation"] = activation
    if cell == "gru":
        description["reset"] = reset
    return description


def directions(description):
    return ["forward", "backward"] if description["bidirectional"] else ["forward"]


def shapes(case):
    """Names and shapes of all parameters, in the order in which the values are drawn."""
    result = []
    width = {"one_hot": VOCABULARY, "embedding": EMBEDDING, "features": FEATURES}[case["input"]]
    if case["input"] == "embedding":
        result.append(("embedding/weight", [VOCABULARY, EMBEDDING]))
    for number, description in enumerate(case["layers"]):
        size, gates = description["size"], GATES[description["cell"]]
        for direction in directions(description):
            prefix = f"layers/{number}/{direction}/"
            result.append((prefix + "input_weight", [width, gates * size]))
            result.append((prefix + "recurrent_weight", [size, gates * size]))
            result.append((prefix + "bias", [gates * size]))
            if description.get("reset") == "after":
                result.append((prefix + "recurrent_bias", [size]))
        width = size * len(directions(description))
    for number, description in enumerate(case["dense"]):
        result.append((f"dense/{number}/weight", [width, description["size"]]))
        result.append((f"dense/{number}/bias", [description["size"]]))
        width = description["size"]
    return result + [("output/weight", [width, CLASSES]), ("output/bias", [CLASSES])]


def has_kernel(description):
    """Whether PyTorch computes this cell itself."""
    return description.get("reset") != "before" and description.get("activation") != "sigmoid"


def kernel(description, x, parameters, prefix):
    """One direction by the functions behind nn.LSTM, nn.GRU and nn.RNN. x [T, D] -> [T, H]."""
    size = description["size"]
    bias = parameters[prefix + "bias"]
    zeros = torch.zeros_like(bias)
    if description["cell"] == "gru":
        recurrent_bias = torch.cat([zeros[: 2 * size], parameters[prefix + "recurrent_bias"]])
    else:
        recurrent_bias = zeros
    weights = [parameters[prefix + "input_weight"].T, parameters[prefix + "recurrent_weight"].T, bias, recurrent_bias]
    start = torch.zeros(1, 1, size, dtype=torch.float64)
    # weights, biases, layers, dropout, training, bidirectional, batch first
    rest = (weights, True, 1, 0.0, False, False, False)
    if description["cell"] == "lstm":
        return torch.lstm(x.unsqueeze(1), (start, start), *rest)[0].squeeze(1)
    function = torch.gru if description["cell"] == "gru" else getattr(torch, "rnn_" + description["activation"])
    return function(x.unsqueeze(1), start, *rest)[0].squeeze(1)


def unroll(description, x, parameters, prefix, truncation=None):
    """One direction by the formulae, in processing order. x [T, D] -> [T, H].

    With a truncation k the state's gradient is cut between steps u - 1 and u where (L - u) % k == 0: windows
    are aligned to the end of the direction, so the last k steps always belong together.
    """
    size = description["size"]
    W, U, b = (parameters[prefix + name] for name in ("input_weight", "recurrent_weight", "bias"))
    h = torch.zeros(size, dtype=torch.float64)
    c = torch.zeros(size, dtype=torch.float64)
    outputs = []
    for u in range(len(x)):
        if truncation and u and (len(x) - u) % truncation == 0:
            h, c = h.detach(), c.detach()
        a = x[u] @ W + b
        if description["cell"] == "elman":
            a = a + h @ U
            if description["activation"] == "relu":
                check_margin(a)
            h = ACTIVATIONS[description["activation"]](a)
        elif description["cell"] == "lstm":
            i, f, g, o = (a + h @ U).split(size)
            c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
            h = torch.sigmoid(o) * torch.tanh(c)
        else:
            r, z = torch.sigmoid(a[: 2 * size] + h @ U[:, : 2 * size]).split(size)
            if description["reset"] == "after":
                n = torch.tanh(a[2 * size :] + r * (h @ U[:, 2 * size :] + parameters[prefix + "recurrent_bias"]))
            else:
                n = torch.tanh(a[2 * size :] + (r * h) @ U[:, 2 * size :])
            h = (1 - z) * n + z * h
        outputs.append(h)
    return torch.stack(outputs)


def logits(case, sequence, parameters, by_formulae):
    """One sequence through the whole network."""
    if case["input"] == "one_hot":
        x = F.one_hot(torch.tensor(sequence), VOCABULARY).double()
    elif case["input"] == "embedding":
        x = parameters["embedding/weight"][torch.tensor(sequence)]
    else:
        x = torch.tensor(sequence, dtype=torch.float64)
    for number, description in enumerate(case["layers"]):
        outputs = []
        for direction in directions(description):
            prefix = f"layers/{number}/{direction}/"
            ordered = x.flip(0) if direction == "backward" else x
            if by_formulae or not has_kernel(description):
                y = unroll(description, ordered, parameters, prefix, case["truncation"])
            else:
                y = kernel(description, ordered, parameters, prefix)
            outputs.append(y)
        last = torch.cat([y[-1] for y in outputs])
        if len(outputs) == 2:
            outputs[1] = outputs[1].flip(0)
        x = torch.cat(outputs, 1)
    if case["readout"] == "last":
        x = last
    elif case["readout"] == "mean":
        x = x.mean(0)
    else:
        if len(x) > 1:
            best = x.topk(2, 0).values
            # Two zeros of a ReLU may tie: neither has a gradient.
            check_margin((best[0] - best[1])[best[0] != 0])
        x = x.max(0).values
    for number, description in enumerate(case["dense"]):
        a = x @ parameters[f"dense/{number}/weight"] + parameters[f"dense/{number}/bias"]
        check_margin(a)
        x = ACTIVATIONS[description["activation"]](a)
    return x @ parameters["output/weight"] + parameters["output/bias"]


def compute(case, sequences, labels, values, by_formulae):
    """Per-example logits and weighted losses, and the gradient of the losses' sum."""
    parameters = {name: value.clone().requires_grad_() for name, value in values.items()}
    rows = torch.stack([logits(case, sequence, parameters, by_formulae) for sequence in sequences])
    weights = torch.tensor(case["class_weights"] or [1.0] * CLASSES, dtype=torch.float64)
    target = torch.tensor(labels)
    losses = F.cross_entropy(rows, target, reduction="none") * weights[target]
    losses.sum().backward()
    return rows.detach(), losses.detach(), {name: parameter.grad for name, parameter in parameters.items()}


def draw(case, seed):
    """Sequences, labels and parameters of a case, from one seed."""
    generator = torch.Generator().manual_seed(seed)

    def multiples(shape, bound):
        limit = int(bound * 128)
        return torch.randint(-limit, limit + 1, shape, generator=generator).double() / 128

    if case["input"] == "features":
        sequences = [multiples([length, FEATURES], 1.5).tolist() for length in LENGTHS]
    else:
        sequences = [torch.randint(0, VOCABULARY, [length], generator=generator).tolist() for length in LENGTHS]
    labels = torch.randint(0, CLASSES, [len(LENGTHS)], generator=generator).tolist()
    # Wide enough that gates leave their linear range, so that every term of a derivative counts.
    values = {name: multiples(shape, 1 if shape[0] < 16 else 0.5) for name, shape in shapes(case)}
    return sequences, labels, values


def number(value):
    return float(f"{value:.11g}")


def solve(case, seed):
    """The case with its numbers, from the first seed that keeps clear of kinks and gives every tensor a gradient."""
    while True:
        try:
            sequences, labels, values = draw(case, seed)
            by_formulae = compute(case, sequences, labels, values, by_formulae=True)
            result = by_formulae
            if not case["truncation"]:
                result = compute(case, sequences, labels, values, by_formulae=False)
                for name, gradient in result[2].items():
                    assert torch.allclose(gradient, by_formulae[2][name], rtol=1e-11, atol=1e-13), (case["name"], name)
            if min(gradient.abs().max() for gradient in result[2].values()) < LEAST_GRADIENT or len(set(labels)) < CLASSES:
                raise Unsuitable
            break
        except Unsuitable:
            seed += 100_000
    rows, losses, gradients = result
    return dict(
        case,
        **{"values" if case["input"] == "features" else "ids": sequences},
        labels=labels,
        logits=[[number(value) for value in row] for row in rows.tolist()],
        losses=[number(value) for value in losses.tolist()],
        parameters=[
            dict(
                name=name, shape=list(value.shape), values=value.flatten().tolist(),
                gradient=[number(entry) for entry in gradients[name].flatten().tolist()])
            for name, value in values.items()
        ],
    )


def make(name, input, layers, readout="last", dense=(), class_weights=None, truncation=None):
    return dict(
        name=name, input=input, layers=layers, readout=readout, dense=list(dense), class_weights=class_weights,
        truncation=truncation, vocabulary=0 if input == "features" else VOCABULARY,
        embedding=EMBEDDING if input == "embedding" else 0, features=FEATURES if input == "features" else 0,
        classes=CLASSES)


CELLS = {
    "elman-tanh": dict(cell="elman", activation="tanh"),
    "elman-relu": dict(cell="elman", activation="relu"),
    "elman-sigmoid": dict(cell="elman", activation="sigmoid"),
    "lstm": dict(cell="lstm"),
    "gru-after": dict(cell="gru", reset="after"),
    "gru-before": dict(cell="gru", reset="before"),
}
READOUTS = ["last", "mean", "max"]


def cases():
    for cell, keys in CELLS.items():
        index = 0
        for way in (False, True):
            for depth in (1, 2, 3):
                for place, input in enumerate(["one_hot", "embedding", "features"]):
                    yield make(
                        f"{cell} {'both ways' if way else 'one way'} depth {depth} {input}", input,
                        [layer(size=size, bidirectional=way, **keys) for size in SIZES[:depth]],
                        # Every cell meets every read-out in every direction and at every depth.
                        readout=READOUTS[(place + depth + way) % 3],
                        dense=[{"size": 4, "activation": "relu"}] if index % 4 == 1 else [],
                        class_weights=[0.5, 2.0, 1.25] if index % 5 == 2 else None)
                    index += 1
    yield make(
        "mixed stack", "embedding",
        [layer("lstm", 5, True), layer("gru", 3, False, reset="before"), layer("elman", 2, True, activation="relu")],
        readout="mean", dense=[{"size": 4, "activation": "relu"}, {"size": 3, "activation": "relu"}])
    # Wider than one SIMD register, with a remainder.
    for cell in ("elman-tanh", "lstm", "gru-after", "gru-before"):
        yield make(f"{cell} wide", "features", [layer(size=17, **CELLS[cell])])
    for cell in ("lstm", "gru-after"):
        for way in (False, True):
            for depth in (1, 2):
                for readout in READOUTS:
                    yield make(
                        f"{cell} {'both ways' if way else 'one way'} depth {depth} {readout} truncated",
                        ["embedding", "features", "one_hot"][READOUTS.index(readout)],
                        [layer(size=size, bidirectional=way, **CELLS[cell]) for size in SIZES[:depth]],
                        readout=readout, truncation=3)
    for cell in ("elman-tanh", "elman-relu", "elman-sigmoid", "gru-before"):
        yield make(
            f"{cell} both ways depth 2 last truncated", "embedding",
            [layer(size=size, bidirectional=True, **CELLS[cell]) for size in SIZES[:2]], truncation=3)


def main():
    torch.set_num_threads(1)
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "references.json")
    solved = [solve(case, seed) for seed, case in enumerate(cases())]
    with open(path, "w", encoding="utf-8", newline="\n") as file:
        file.write('{"torch": %s,\n"cases": [\n' % json.dumps(torch.__version__.split("+")[0]))
        file.write(",\n".join(json.dumps(case, separators=(",", ":")) for case in solved))
        file.write("\n]}\n")
    print(f"{len(solved)} cases, {os.path.getsize(path) / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
