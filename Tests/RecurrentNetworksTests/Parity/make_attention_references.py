"""Writes attention.json: attention over ragged batches as PyTorch computes it, with all gradients, in float64.

    python make_attention_references.py
"""

import json
import os

import torch

SOURCE_LENGTHS = [4, 1, 3]
TARGET_LENGTHS = [2, 5, 3]
STATE, SOURCE = 3, 5


def draw(shape, generator):
    return torch.randint(-128, 129, shape, generator=generator).double() / 128


def attend(kind, states, source, parameters):
    """One target sequence `[time, state]` over its source `[time, source]`."""
    keys = source @ parameters["attention/key_weight"]
    if kind == "multiplicative":
        scores = states @ keys.T
    else:
        queries = states @ parameters["attention/query_weight"] + parameters["attention/bias"]
        scores = torch.tanh(queries[:, None] + keys[None]) @ parameters["attention/score_weight"][:, 0]
    weights = torch.softmax(scores, 1)
    context = weights @ source
    return torch.tanh(torch.cat([context, states], 1) @ parameters["attention/output_weight"]), weights


def solve(kind, seed):
    generator = torch.Generator().manual_seed(seed)
    shapes = {"attention/key_weight": [SOURCE, STATE]}
    if kind == "additive":
        shapes |= {
            "attention/query_weight": [STATE, STATE], "attention/bias": [STATE], "attention/score_weight": [STATE, 1]}
    shapes["attention/output_weight"] = [SOURCE + STATE, STATE]
    parameters = {name: draw(shape, generator).requires_grad_() for name, shape in shapes.items()}
    source = [draw([length, SOURCE], generator).requires_grad_() for length in SOURCE_LENGTHS]
    states = [draw([length, STATE], generator).requires_grad_() for length in TARGET_LENGTHS]
    upstream = [draw([length, STATE], generator) for length in TARGET_LENGTHS]
    results = [attend(kind, *pair, parameters) for pair in zip(states, source)]
    sum((y * d).sum() for (y, _), d in zip(results, upstream)).backward()
    return {
        "kind": kind,
        "source": [x.tolist() for x in source], "states": [x.tolist() for x in states],
        "upstream": [x.tolist() for x in upstream],
        "outputs": [y.tolist() for y, _ in results], "weights": [w.tolist() for _, w in results],
        "source_gradients": [x.grad.tolist() for x in source], "state_gradients": [x.grad.tolist() for x in states],
        "parameters": [
            {"name": name, "values": p.flatten().tolist(), "gradient": p.grad.flatten().tolist()}
            for name, p in parameters.items()],
    }


def main():
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "attention.json")
    cases = [solve(kind, seed) for seed, kind in enumerate(["multiplicative", "additive"])]
    with open(path, "w", encoding="utf-8", newline="\n") as file:
        json.dump({"torch": torch.__version__.split("+")[0], "cases": cases}, file)
        file.write("\n")


if __name__ == "__main__":
    main()
