import Diagnostics
import Foundation
import HDF5

/// What a `vocabulary.json` says beside its entries: how the model that it belongs to reads texts, and what its outputs are.
///
/// Weights that meet another order of classes, or texts read in another way, would give wrong answers without a word.
struct ExportedText {
    private struct Content: Decodable {
        var classes: [String]?
        var tokens: String?
        var lower_case, strip_punctuation, fold_accents, merge_digits: Bool?
    }
    private let path: String
    private let content: Content

    init(_ path: String) throws {
        self.path = path
        let text = try WholeFile.read(path, expected: "a vocabulary")
        // A list of entries alone says nothing else.
        content = (try? JSONDecoder().decode(Content.self, from: Data(text))) ?? Content()
    }

    /// - Throws: `Diagnostic` naming the setting that differs from what the file says.
    func check(_ model: PortableModel) throws {
        if let classes = content.classes, classes != model.classes {
            throw Diagnostic(
                path, "its classes are \(shown(classes))", expected: shown(model.classes),
                hint: "set data.labels to the order of the file")
        }
        guard let text = model.text else { return }
        if let tokens = content.tokens, tokens != text.kind.rawValue {
            throw differs("data.tokens", tokens, text.kind.rawValue)
        }
        let rules = [
            ("data.standardize.lower_case", content.lower_case, text.lowersCase),
            ("data.standardize.strip_punctuation", content.strip_punctuation, text.stripsPunctuation),
            ("data.standardize.fold_accents", content.fold_accents, text.foldsAccents),
            ("tagging.merge_digits", content.merge_digits, text.mergesDigits),
        ]
        for case (let key, let there?, let here) in rules where there != here { throw differs(key, "\(there)", "\(here)") }
    }

    private func differs(_ key: String, _ there: String, _ here: String) -> Diagnostic {
        Diagnostic(path, "its model reads texts with \(key): \(there)", expected: here, hint: "set \(key) to \(there)")
    }

    private func shown(_ names: [String]) -> String {
        names.prefix(8).joined(separator: ", ") + (names.count > 8 ? ", … (\(names.count))" : "")
    }
}
