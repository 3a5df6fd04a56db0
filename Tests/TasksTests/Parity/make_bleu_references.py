"""Writes bleu.json: sentences with the tokens, statistics and scores that sacrebleu gives them.

    pip install sacrebleu && python make_bleu_references.py
"""

import json
import os

import sacrebleu
from sacrebleu.metrics import BLEU
from sacrebleu.tokenizers.tokenizer_13a import Tokenizer13a

SENTENCES = [
    "A man's dog (it's brown) doesn't bark.",
    "“Wait...” -- 10.5% of 1,000 x/y; e.g. <b>!",
    "1.5,3 a.,b ,,c .5 5. 3-4 a-b 5-b -5 1,2,3.",
    "&quot;Tom &amp; Jerry&quot; &lt;skipped&gt; <skipped>x &amp;lt; R&D",
    "line-\nbreak and\nanother  \t tab\u00a0nbsp\u3000wide ",
    "$5 {a} [b] ^c_ `d~ #e @f *g+ =h? |i\\",
    "Zwei junge weiße Männer, im Freien. ÄÖÜ É e\u0301 東京。",
    "", " ", ".", "...", "a.b.c", "U.S. 3.14.", "x\x1cy\x1fz",
]

CORPORA = {
    "equal": [("the cat sat on the mat .", "the cat sat on the mat .")],
    "clipped": [("the the the the the the the", "the cat is on the mat")],
    "shorter": [("ein Hund läuft", "ein Hund läuft über die grüne Wiese."), ("zwei Männer", "zwei Männer stehen dort.")],
    "longer": [("a b c d e f g h", "a b c d"), ("q w e r", "q w x r")],
    "no four-grams in common": [("a b c x d e f", "a b c y d e f"), ("one two", "one two")],
    "no three- or four-grams in common": [("a b x d e y", "a b z d e q")],
    "nothing in common": [("x y z", "a b c")],
    "sentences of three": [("a b c", "a b c")],
    "empty": [("", "a b c d"), ("a b c d e", "a b c d e")],
    "case": [("The Cat SAT on the Mat.", "the cat sat on the mat."), ("ÄRGER im Haus heute Nacht", "Ärger im haus heute nacht")],
    "tokens": [(SENTENCES[0], "A man's dog (it is brown) does not bark."), (SENTENCES[1], "“Wait..” - 10.5 % of 1,000 x / y; e.g. <b>!")],
}


def main():
    tokenizer = Tokenizer13a()
    cases = []
    for name, pairs in CORPORA.items():
        case = {"name": name, "pairs": pairs}
        for lower in (False, True):
            score = BLEU(lowercase=lower).corpus_score([pair[0] for pair in pairs], [[pair[1] for pair in pairs]])
            case["lower" if lower else "cased"] = {
                "score": score.score, "counts": score.counts, "totals": score.totals, "length": score.sys_len,
                "reference_length": score.ref_len, "brevity_penalty": score.bp}
        cases.append(case)
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "bleu.json")
    with open(path, "w", encoding="utf-8", newline="\n") as file:
        json.dump(
            {
                "sacrebleu": sacrebleu.__version__,
                "tokens": [{"text": text, "tokens": tokenizer(text.rstrip()).split()} for text in SENTENCES],
                "corpora": cases,
            }, file, indent=1)
        file.write("\n")


if __name__ == "__main__":
    main()
