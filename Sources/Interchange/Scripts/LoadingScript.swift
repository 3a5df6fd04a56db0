import Diagnostics
import Foundation
import HDF5
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

            python \(Self.name) \(model.text == nil ? "\"0.1 0.2 0.3\"" : "\"a text\" \"another\"")
            python \(Self.name) < FILE        one a line

        Needs \(packages). \(OutputFile.model.mark)
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
            if sys.argv[1:] in (["-h"], ["--help"]):
                sys.exit(print(__doc__))
            texts = sys.argv[1:] or [line.rstrip("\\r\\n") for line in sys.stdin]
            for first in range(0, len(texts), 64):  # so many at a time
                predict(texts[first : first + 64])

        """
    }

    /// What the script reads beside the weights, as JSON: `classes`, and of texts `tokens`, `vocabulary` and how tokens
    /// are made.
    public static func vocabulary(_ model: PortableModel) throws -> [UInt8] {
        var object: [String: Any] = ["task": model.task.rawValue, "about": OutputFile.model.mark]
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
}
