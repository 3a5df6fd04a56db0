import Diagnostics
import Foundation
import SequenceData

/// The Python script that stands beside an exported model: it rebuilds the model, loads its weights, and prints for
/// texts what `rnn-dist predict --format jsonl` prints.
///
/// All frameworks share how texts are read and answers written; a framework adds a function `outputs(sequences)`, which
/// gives for each sequence the probabilities `[classes]`, or `[time, classes]`, as a numpy array.
public struct LoadingScript {
    /// The name of the file with classes, vocabulary and how texts are read.
    public static let vocabularyName = "vocabulary.json"
    public static let name = "load_model.py"

    /// What says that a file is ours, to be replaced by another one of the kind.
    static let mark = "Written by rnn-dist."

    /// Python of the framework: imports of its own, the model, and `outputs`.
    let framework: String
    /// Packages it needs.
    let packages: String
    /// The file with the weights, beside the script.
    let weights: String

    public init(framework: String, packages: String, weights: String) {
        (self.framework, self.packages, self.weights) = (framework, packages, weights)
    }

    /// The whole script.
    public func text(_ model: PortableModel) -> String {
        """
        \"""Rebuilds the model of \(weights) and predicts as `rnn-dist predict --format jsonl` does.

            python \(Self.name) \(model.text == nil ? "\"0.1 0.2 0.3\"" : "\"a text\" \"another\"")        or on standard \
        input, one a line

        Needs \(packages). \(Self.mark)
        \"""
        import json
        import sys
        \(model.text.map { $0.foldsAccents || $0.stripsPunctuation } == true ? "import unicodedata\n" : "")\
        from pathlib import Path

        import numpy as np
        \(framework)

        \(Self.reading(model))


        \(Self.answers(model))


        if __name__ == "__main__":
            texts = sys.argv[1:] or [line.rstrip("\\r\\n") for line in sys.stdin]
            for first in range(0, len(texts), 64):  # so many at a time
                predict(texts[first : first + 64])

        """
    }

    /// What the script reads beside the weights, as JSON: `classes`, and of texts `tokens`, `vocabulary` and how tokens
    /// are made.
    public static func vocabulary(_ model: PortableModel) throws -> [UInt8] {
        var object: [String: Any] = ["task": model.task.rawValue, "about": Self.mark]
        if model.task != .languageModel { object["classes"] = model.classes }
        if let text = model.text {
            object["tokens"] = text.kind.rawValue
            object["vocabulary"] = text.vocabulary
            object["lower_case"] = text.lowersCase
            object["strip_punctuation"] = text.stripsPunctuation
            object["fold_accents"] = text.foldsAccents
            object["merge_digits"] = text.mergesDigits
            object["padding"] = 0
            object["unknown"] = 1
            object["max_length"] = text.maximumLength ?? NSNull()
            if let lineEnd = text.lineEnd { object["line_end"] = lineEnd }
            if text.foldsAccents {
                object["folds"] = Dictionary(
                    uniqueKeysWithValues: AccentFolding.letters.map { (String($0.key), $0.value) })
            }
        }
        return try JSONText.bytes(object, isPretty: true)
    }

    /// Python that turns a text into numbers of tokens, or a line into values.
    private static func reading(_ model: PortableModel) -> String {
        guard let text = model.text else {
            return """
                RULES = json.loads((Path(__file__).parent / "\(vocabularyName)").read_text(encoding="utf-8"))


                def encode(text):
                    \"""The \(model.inputSize.counted("value")) of each time step, of a line of numbers with blanks or \
                commas between.\"""
                    return np.array(text.replace(",", " ").split(), np.float32).reshape(-1, \(model.inputSize))
                """
        }
        var lines = """
            RULES = json.loads((Path(__file__).parent / "\(vocabularyName)").read_text(encoding="utf-8"))
            NUMBERS = {token: number for number, token in enumerate(RULES["vocabulary"])}

            """
        if text.kind == .bytes {
            return lines + """


                def encode(text):
                    \"""Numbers of the text's bytes, behind padding and unknown.\"""
                    return [byte + 2 for byte in text.encode()]
                """
        }
        lines += """
            BLANKS = set("\\t\\n\\v\\f\\r \\x85\\xa0\\u1680\\u2028\\u2029\\u202f\\u205f\\u3000") | set(map(chr, range(0x2000, 0x200B)))


            def standard(character):
                \"""What a character becomes: \(standard(text)).\"""

            """
        if text.foldsAccents {
            lines += """
                    if character >= "\\x80" and character not in RULES["folds"]:
                        parts = unicodedata.normalize("NFD", character)
                        character = "".join(part for part in parts if unicodedata.category(part) != "Mn")
                    character = "".join(RULES["folds"].get(part, part) for part in character)

                """
        }
        if text.lowersCase { lines += "    character = \"\".join(part.lower() for part in character)\n" }
        if text.stripsPunctuation {
            lines += """
                    punctuation = lambda c: c in "$+<=>^`|~" or unicodedata.category(c)[0] == "P"
                    character = "".join(part for part in character if not punctuation(part))

                """
        }
        return lines + "    return character\n\n\n" + encoding(model, text)
    }

    private static func standard(_ text: PortableText) -> String {
        let steps = [
            (text.foldsAccents, "accents folded"), (text.lowersCase, "lower case"),
            (text.stripsPunctuation, "no punctuation"),
        ].filter(\.0).map(\.1)
        return steps.isEmpty ? "itself" : steps.joined(separator: ", ")
    }

    private static func encoding(_ model: PortableModel, _ text: PortableText) -> String {
        let cut = text.maximumLength.map { "[:\($0)]" } ?? ""
        if model.task == .tag {
            let digits = text.mergesDigits ? ".translate(str.maketrans(\"123456789\", \"000000000\"))" : ""
            return """
                def words(text):
                    \"""The words between blanks.\"""
                    return [w for w in "".join(" " if c in "\\t\\n\\v\\f\\r" else c for c in text).split(" ") if w]\(cut)


                def encode(text):
                    \"""Numbers of the words, each standardised by itself; 1 is for those that are not known.\"""
                    forms = ["".join(standard(c) for c in word if c not in BLANKS) or word for word in words(text)]
                    return [NUMBERS.get(form\(digits), 1) for form in forms]
                """
        }
        let tokens = text.kind == .words
            ? """
            def tokens(text):
                \"""What stands between white space, standardised.\"""
                return [w for w in "".join(" " if c in BLANKS else standard(c) for c in text).split(" ") if w]\(cut)
            """
            : """
            def tokens(text):
                \"""The text's characters (Unicode scalars), standardised.\"""
                return [part for c in text for part in standard(c)]\(cut)
            """
        guard model.task == .languageModel else {
            return tokens + """


                def encode(text):
                    \"""Numbers of the tokens; 1 is for those that are not known, and for a text without any.\"""
                    return [NUMBERS.get(token, 1) for token in tokens(text)] or [1]
                """
        }
        return tokens + """


            def encode(text):
                \"""Numbers of the tokens, line ends between lines.\"""
                numbers = []
                for place, line in enumerate(text.split("\\n")):
                    numbers += [RULES["line_end"]] * (place > 0) + [NUMBERS[token] for token in tokens(line)]
                return numbers
            """
    }

    /// Python that prints what the probabilities say.
    private static func answers(_ model: PortableModel) -> String {
        switch model.task {
        case .classify:
            return """
                def predict(texts):
                    \"""Prints the labels of each text, the most probable first.\"""
                    for text, row in zip(texts, outputs([encode(text) for text in texts])):
                        ranked = sorted(zip(-row, range(len(row))))
                        found = [{"label": RULES["classes"][i], "probability": float(-p)} for p, i in ranked]
                        print(json.dumps({"text": text, "predictions": found}, ensure_ascii=False))
                """
        case .tag:
            return """
                def predict(texts):
                    \"""Prints the tag of each word.\"""
                    found = iter(outputs([encode(text) for text in texts if words(text)]))
                    for text in texts:
                        rows = next(found) if words(text) else []
                        tags = [
                            {"token": w, "tag": RULES["classes"][row.argmax()], "probability": float(row.max())}
                            for w, row in zip(words(text), rows)
                        ]
                        print(json.dumps({"text": text, "tokens": tags}, ensure_ascii=False))
                """
        case .languageModel:
            return """
                def predict(texts):
                    \"""Prints the mean loss of each text as a line by itself, its end included.\"""
                    lines, end = [encode(text) for text in texts], RULES["line_end"]
                    for text, line, rows in zip(texts, lines, outputs([[end] + line for line in lines])):
                        losses = -np.log(rows[np.arange(len(rows)), line + [end]].astype(np.float64))
                        print(json.dumps({"text": text, "loss_nats": losses.mean(), "perplexity": np.exp(losses.mean())}))
                """
        }
    }
}
