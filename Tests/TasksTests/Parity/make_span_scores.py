"""Writes span_scores.json: random tags, correct and predicted, with the counts that conlleval makes of them.

The counts are those of the PyPI package conlleval 0.2, a port of conlleval.pl; seqeval 1.2.2 agrees on the scores.
"""
import json
import os
import random

from conlleval.conlleval import evaluate
from seqeval.metrics import f1_score, precision_score, recall_score

random.seed(1)
cases = []
for letters in ("I", "BI", "BIES"):
    names = ["O"] + [f"{letter}-{kind}" for letter in letters + ("B" if letters == "I" else "") for kind in ("x", "y-z")]
    for _ in range(12):
        sentences = []
        for _ in range(random.randint(1, 4)):
            tags = [random.choice(names) for _ in range(random.randint(1, 9))]
            sentences.append((tags, [tag if random.random() < 0.7 else random.choice(names) for tag in tags]))
        lines = []
        for correct, predicted in sentences:
            lines += [f"w {a} {b}" for a, b in zip(correct, predicted)] + [""]
        result = evaluate(lines)["overall"]["chunks"]["stats"]
        correct, predicted = [s[0] for s in sentences], [s[1] for s in sentences]
        if result["correct"]:
            precision, recall = result["correct"] / result["pred"], result["correct"] / result["gold"]
            assert abs(precision - precision_score(correct, predicted)) < 1e-12
            assert abs(recall - recall_score(correct, predicted)) < 1e-12
            assert abs(2 * precision * recall / (precision + recall) - f1_score(correct, predicted)) < 1e-12
        cases.append({
            "correct_tags": [" ".join(s[0]) for s in sentences], "predicted_tags": [" ".join(s[1]) for s in sentences],
            "correct": result["correct"], "predicted": result["pred"], "expected": result["gold"]})
with open(os.path.join(os.path.dirname(__file__), "span_scores.json"), "w") as file:
    json.dump(cases, file, indent=1)
    file.write("\n")
