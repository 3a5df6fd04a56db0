"""Times PyTorch on one of the workloads of `rnn-dist bench`; prints one JSON object.

    python3 torch_peer.py lm-lstm650x2                            # plain: packed batches, dense Adam
    python3 torch_peer.py ag-rnn16 --tuned                        # padded batches, sparse embedding gradients, SparseAdam
    python3 torch_peer.py lm-lstm650x2 --bfloat16                 # autocast
    torchrun --nproc_per_node 2 torch_peer.py lm-lstm650x2        # DistributedDataParallel over gloo

The mathematics of a plain run are those of `rnn-dist bench`; untouched rows of the tuned ones stand still, which is
cheaper and not the same. Tokens count without padding. On N ranks each keeps the whole batch.
"""
import argparse
import contextlib
import json
import math
import os
import random
import resource
import time

# name: (kind, vocabulary, embedding, cell, hidden size, layers, both directions, batch, window)
WORKLOADS = {
    "ag-title-rnn16": ("titles", 20000, 64, "RNN", 16, 1, False, 16, 0),
    "ag-rnn16": ("articles", 20000, 64, "RNN", 16, 1, False, 16, 0),
    "ag-lstm8": ("articles", 20000, 64, "LSTM", 8, 1, False, 16, 0),
    "ag-bilstm64x2": ("articles", 20000, 128, "LSTM", 64, 2, True, 16, 0),
    "ag-bilstm64x2-b128": ("articles", 20000, 128, "LSTM", 64, 2, True, 128, 0),
    "lm-lstm200x2": ("streams", 10000, 200, "LSTM", 200, 2, False, 20, 20),
    "lm-lstm650x2": ("streams", 10000, 650, "LSTM", 650, 2, False, 20, 35),
    "lm-lstm1500x2": ("streams", 10000, 1500, "LSTM", 1500, 2, False, 20, 35),
    "char-lstm128x2": ("streams", 65, 128, "LSTM", 128, 2, False, 50, 50),
    "char-lstm512x2": ("streams", 65, 512, "LSTM", 512, 2, False, 64, 50),
    "char-gru512x2": ("streams", 65, 512, "GRU", 512, 2, False, 64, 50),
}

# The law of Sources/SequenceData/Generated/NewsTexts.swift.
SHARES = [0, 0.01, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.999, 1]
NEWS = {
    "titles": ([1, 2, 4, 4, 5, 6, 6, 7, 7, 8, 8, 9, 11, 12, 12, 13, 14, 17], 10219, 0.85, 0),
    "articles": ([12, 18, 23, 26, 30, 33, 35, 37, 39, 41, 44, 48, 52, 62, 69, 79, 119, 136], 24060, 1, 0.075),
}


def news(kind, vocabulary, examples=6600):
    """Token numbers of generated texts."""
    quantiles, words, exponent, repeated = NEWS[kind]
    draw = random.Random(0)
    weights = [(rank + 2) ** -exponent for rank in range(1, words + 1)]
    lengths = []
    for _ in range(examples):
        share = draw.random()
        upper = next(i for i, s in enumerate(SHARES) if s > share)
        within = (share - SHARES[upper - 1]) / (SHARES[upper] - SHARES[upper - 1])
        length = math.floor(quantiles[upper - 1] + within * (quantiles[upper] - quantiles[upper - 1]) + 0.5)
        lengths.append(length)
    ranks = iter(draw.choices(range(words), weights, k=sum(lengths)))
    corpus = []
    for length in lengths:
        text = []
        for place in range(length):
            rank = next(ranks)
            again = place > 0 and draw.random() < repeated
            text.append(text[draw.randrange(place)] if again else rank + 2 if rank + 2 < vocabulary else 1)
        corpus.append(text)
    return corpus


def read_csv(path, kind, vocabulary):
    """Token numbers of real texts: rows of label, title, description."""
    import collections
    import csv
    import re

    with open(path, newline="", encoding="utf-8") as file:
        rows = [row[1] if kind == "titles" else " ".join(row[1:3]) for row in csv.reader(file)]
    texts = [re.sub(r"[^\w\s]", "", row.lower()).split() for row in rows]
    counts = collections.Counter(word for text in texts for word in text)
    number = {word: i + 2 for i, (word, _) in enumerate(counts.most_common(vocabulary - 2))}
    return [[number.get(word, 1) for word in text] or [1] for text in texts]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("workload", choices=WORKLOADS)
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--tuned", action="store_true")
    parser.add_argument("--bfloat16", action="store_true")
    parser.add_argument("--csv", help="real texts for the ag- workloads; by default they are made up")
    arguments = parser.parse_args()
    os.environ["OMP_NUM_THREADS"] = str(arguments.threads)
    import torch
    from torch import nn

    torch.set_num_threads(arguments.threads)
    torch.manual_seed(0)
    ranks, rank = int(os.environ.get("WORLD_SIZE", 1)), int(os.environ.get("RANK", 0))
    if ranks > 1:
        torch.distributed.init_process_group("gloo")
    kind, vocabulary, width, cell, size, layers, both, batch, window = WORKLOADS[arguments.workload]
    is_text = kind != "streams"

    class Network(nn.Module):
        def __init__(self):
            super().__init__()
            self.embedding = nn.Embedding(vocabulary, width, sparse=arguments.tuned)
            self.recurrent = getattr(nn, cell)(width, size, layers, bidirectional=both, batch_first=is_text)
            self.output = nn.Linear(size * (2 if both else 1), 4 if is_text else vocabulary)

        def forward(self, tokens, lengths=None, state=None):
            x = self.embedding(tokens)
            if lengths is None:
                states, state = self.recurrent(x, state)
                return self.output(states), state
            if arguments.tuned:
                states, _ = self.recurrent(x)
                last = states[torch.arange(len(x)), lengths - 1]
                if both:
                    last = torch.cat([last[:, :size], states[:, 0, size:]], 1)
                return self.output(last)
            packed = nn.utils.rnn.pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
            _, last = self.recurrent(packed)
            last = last[0] if cell == "LSTM" else last
            return self.output(torch.cat([last[-2], last[-1]], 1) if both else last[-1])

    network = Network()
    model = nn.parallel.DistributedDataParallel(network) if ranks > 1 else network
    criterion = nn.CrossEntropyLoss()

    def precision():
        return torch.autocast("cpu", torch.bfloat16) if arguments.bfloat16 else contextlib.nullcontext()

    def update(loss, optimizers, clip=None):
        for optimizer in optimizers:
            optimizer.zero_grad(set_to_none=True)
        loss.backward()
        if clip:
            nn.utils.clip_grad_norm_(model.parameters(), clip)
        for optimizer in optimizers:
            optimizer.step()

    if is_text:
        texts = read_csv(arguments.csv, kind, vocabulary) if arguments.csv else news(kind, vocabulary)
        texts.sort(key=len)
        starts = list(range(0, len(texts) - batch, batch))
        random.Random(1).shuffle(starts)
        labels = torch.randint(0, 4, (len(texts),))
        if arguments.tuned:
            dense = [p for name, p in network.named_parameters() if not name.startswith("embedding")]
            optimizers = [torch.optim.SparseAdam(network.embedding.parameters()), torch.optim.Adam(dense)]
        else:
            optimizers = [torch.optim.Adam(model.parameters())]

        def step(number):
            start = starts[(number * ranks + rank) % len(starts)]
            chosen = texts[start:start + batch]
            lengths = torch.tensor([len(text) for text in chosen])
            rows = nn.utils.rnn.pad_sequence([torch.tensor(text) for text in chosen], batch_first=True)
            with precision():
                loss = criterion(model(rows, lengths), labels[start:start + batch])
            update(loss, optimizers)
            return int(lengths.sum())
    else:
        stream = torch.randint(0, vocabulary, (50 * window + 1, batch))
        optimizers = [torch.optim.SGD(model.parameters(), lr=0.1)]
        carried = [None]

        def step(number):
            first = number % 50 * window
            state = carried[0]
            if state is not None:
                state = tuple(part.detach() for part in state) if isinstance(state, tuple) else state.detach()
            with precision():
                logits, carried[0] = model(stream[first:first + window], None, state)
                loss = criterion(logits.reshape(-1, vocabulary), stream[first + 1:first + 1 + window].reshape(-1))
            update(loss, optimizers, clip=5)
            return batch * window

    for number in range(3):
        step(number)
    # Ranks must agree on the number of steps: they look at the slowest one's clock after 1, 2, 4, … steps.
    count, tokens, elapsed, begin = 0, 0, torch.zeros(1), time.perf_counter()
    while float(elapsed) < arguments.seconds:
        left = (arguments.seconds / float(elapsed) - 1) * count if count else 0
        for _ in range(max(1, min(count, int(left) + 1))):
            tokens += step(3 + count)
            count += 1
        elapsed = torch.tensor([time.perf_counter() - begin])
        if ranks > 1:
            torch.distributed.all_reduce(elapsed, op=torch.distributed.ReduceOp.MAX)
    total = torch.tensor([float(tokens)], dtype=torch.float64)
    if ranks > 1:
        torch.distributed.all_reduce(total)
    seconds = float(elapsed)
    if rank == 0:
        print(json.dumps({
            "workload": arguments.workload, "ranks": ranks, "threads": arguments.threads, "tuned": arguments.tuned,
            "bfloat16": arguments.bfloat16, "steps": count, "seconds": seconds,
            "tokens_per_second": float(total) / seconds, "steps_per_second": count / seconds,
            "peak_memory_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
        }), flush=True)
    if ranks > 1:
        torch.distributed.destroy_process_group()


if __name__ == "__main__":
    main()
