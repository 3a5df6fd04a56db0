"""Trains one task in PyTorch with the recipe rnn-dist is measured against, and prints one JSON line.

    python torch_baseline.py --task surnames-gru --data DATA_FOLDER --seed 0

DATA_FOLDER holds surnames/{train,test}/LANGUAGE.txt, ag_news/{train,test}.csv and ucr/NAME_{TRAIN,TEST}.
The printed accuracies are on the test set: after the last epoch, the best of all epochs, and the mean of
the last five (the last epoch alone is noisy where the test set has a hundred examples).

Batches are freshly shuffled each epoch and packed (no padding is computed), losses are means over a batch,
parameters start with PyTorch's defaults (embeddings N(0, 1), everything else uniform in 1/sqrt(hidden)).
"""
import argparse
import collections
import csv
import json
import math
import os
import random
import string
import time
import unicodedata

os.environ.setdefault("OMP_NUM_THREADS", "1")
import torch
import torch.nn as nn

CELLS = {"elman": nn.RNN, "gru": nn.GRU, "lstm": nn.LSTM}

SURNAMES = dict(data="surnames", embedding=None, hidden=128, learning_rate=0.002, batch=64, clip=5.0, epochs=15)
AG_NEWS = dict(data="ag_news", learning_rate=0.001, batch=16, clip=None, epochs=3)
SERIES = dict(embedding=None, layers=1, batch=16, clip=5.0, cosine=True)
RECIPES = {
    "surnames-elman": dict(SURNAMES, cell="elman", layers=1, bidirectional=False),
    "surnames-gru": dict(SURNAMES, cell="gru", layers=1, bidirectional=False),
    "surnames-lstm": dict(SURNAMES, cell="lstm", layers=1, bidirectional=False),
    "surnames-bilstm2": dict(SURNAMES, cell="lstm", layers=2, bidirectional=True),
    "ag-news-elman16": dict(AG_NEWS, cell="elman", embedding=64, hidden=16, layers=1, bidirectional=False),
    "ag-news-lstm8": dict(AG_NEWS, cell="lstm", embedding=64, hidden=8, layers=1, bidirectional=False),
    "ag-news-bilstm64x2": dict(AG_NEWS, cell="lstm", embedding=128, hidden=64, layers=2, bidirectional=True),
    "ecg200": dict(
        SERIES, data="ucr/ECG200", cell="gru", hidden=64, bidirectional=True, learning_rate=0.002, epochs=100),
    "synthetic-control": dict(
        SERIES, data="ucr/Synthetic_control", cell="gru", hidden=64, bidirectional=True, learning_rate=0.002, epochs=60),
}
VOCABULARY = 20_000  # padding and unknown included


class Classifier(nn.Module):
    """Recurrent layers over ids or feature vectors; the last state of each direction goes to one linear layer."""

    def __init__(self, recipe, inputs, classes, features):
        super().__init__()
        self.inputs, self.features, self.bidirectional = inputs, features, recipe["bidirectional"]
        width = recipe["embedding"] or inputs
        self.embedding = nn.Embedding(inputs, width, padding_idx=0) if recipe["embedding"] else None
        self.recurrent = CELLS[recipe["cell"]](
            width, recipe["hidden"], recipe["layers"], batch_first=True, bidirectional=self.bidirectional)
        self.output = nn.Linear(recipe["hidden"] * (2 if self.bidirectional else 1), classes)

    def forward(self, batch, lengths):
        if self.embedding is not None:
            batch = self.embedding(batch)
        elif not self.features:
            batch = nn.functional.one_hot(batch, self.inputs).float()
        packed = nn.utils.rnn.pack_padded_sequence(batch, lengths, batch_first=True, enforce_sorted=False)
        _, state = self.recurrent(packed)
        state = state[0] if isinstance(state, tuple) else state
        return self.output(torch.cat([state[-2], state[-1]], 1) if self.bidirectional else state[-1])


def fold_accents(text):
    """The PyTorch names tutorial's: decompose, drop the marks, keep ASCII letters and " .,;'"."""
    kept = string.ascii_letters + " .,;'"
    return "".join(c for c in unicodedata.normalize("NFD", text) if c in kept)


def words(text):
    """Lower case, ASCII punctuation removed (not replaced by a blank), split on blanks."""
    return text.lower().translate(str.maketrans("", "", string.punctuation)).split()


def read_surnames(folder):
    names = sorted(os.listdir(os.path.join(folder, "train")))
    parts = []
    for part in ("train", "test"):
        rows = []
        for label, name in enumerate(names):
            with open(os.path.join(folder, part, name), encoding="utf-8") as file:
                rows += [(list(fold_accents(line.rstrip("\n"))), label) for line in file]
        parts.append(rows)
    return parts, len(names)


def read_ag_news(folder):
    parts = []
    for part in ("train.csv", "test.csv"):
        with open(os.path.join(folder, part), encoding="utf-8", newline="") as file:
            parts.append([(words(row[1]), int(row[0]) - 1) for row in csv.reader(file)])
    return parts, 4


def read_series(stem):
    parts = []
    for part in ("_TRAIN", "_TEST"):
        with open(stem + part) as file:
            rows = [[float(value) for value in line.split()] for line in file]
        parts.append([([[value] for value in row[1:]], row[0]) for row in rows])
    labels = sorted({label for _, label in parts[0]})
    return [[(values, labels.index(label)) for values, label in part] for part in parts], len(labels)


def encode(parts):
    """Ids by falling frequency in the training part, then by bytes; 0 is padding, 1 unknown."""
    counts = collections.Counter(token for tokens, _ in parts[0] for token in tokens)
    kept = sorted(counts, key=lambda token: (-counts[token], token.encode()))[: VOCABULARY - 2]
    ids = {token: number + 2 for number, token in enumerate(kept)}
    return [[([ids.get(t, 1) for t in tokens] or [1], label) for tokens, label in part] for part in parts], len(ids) + 2


def tensors(rows, features):
    lengths = torch.tensor([len(sequence) for sequence, _ in rows])
    values = [torch.tensor(sequence, dtype=torch.float32 if features else torch.long) for sequence, _ in rows]
    return nn.utils.rnn.pad_sequence(values, batch_first=True), lengths, torch.tensor([label for _, label in rows])


def accuracy(model, rows, features):
    model.eval()
    right = 0
    with torch.no_grad():
        for start in range(0, len(rows), 256):
            batch, lengths, labels = tensors(rows[start : start + 256], features)
            right += int((model(batch, lengths).argmax(1) == labels).sum())
    model.train()
    return right / len(rows)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--task", choices=RECIPES, required=True)
    parser.add_argument("--data", required=True)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(arguments.seed)
    shuffler = random.Random(arguments.seed)

    recipe = RECIPES[arguments.task]
    path = os.path.join(arguments.data, recipe["data"])
    features = recipe["data"].startswith("ucr/")
    if features:
        (train, test), classes = read_series(path)
        inputs = 1
    else:
        parts, classes = read_surnames(path) if recipe["data"] == "surnames" else read_ag_news(path)
        (train, test), inputs = encode(parts)
        test.sort(key=lambda row: len(row[0]))  # evaluation only: less padding in memory

    model = Classifier(recipe, inputs, classes, features)
    optimizer = torch.optim.Adam(model.parameters(), lr=recipe["learning_rate"])
    schedule = None
    if recipe.get("cosine"):  # a falling learning rate, so that the last of many epochs over few examples is no lottery
        steps = recipe["epochs"] * -(-len(train) // recipe["batch"])
        schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: 0.5 * (1 + math.cos(math.pi * step / steps)))
    reached, began = [], time.time()
    for _ in range(recipe["epochs"]):
        shuffler.shuffle(train)
        for start in range(0, len(train), recipe["batch"]):
            batch, lengths, labels = tensors(train[start : start + recipe["batch"]], features)
            optimizer.zero_grad(set_to_none=True)
            nn.functional.cross_entropy(model(batch, lengths), labels).backward()
            if recipe["clip"]:
                nn.utils.clip_grad_norm_(model.parameters(), recipe["clip"])
            optimizer.step()
            if schedule:
                schedule.step()
        reached.append(accuracy(model, test, features))
    last = reached[-5:]
    print(json.dumps(dict(
        task=arguments.task, seed=arguments.seed, accuracy_last=round(reached[-1], 4),
        accuracy_best=round(max(reached), 4), accuracy_mean_last_5=round(sum(last) / len(last), 4),
        epochs=recipe["epochs"], train=len(train), test=len(test), classes=classes,
        parameters=sum(p.numel() for p in model.parameters()), seconds=round(time.time() - began))), flush=True)


if __name__ == "__main__":
    main()
