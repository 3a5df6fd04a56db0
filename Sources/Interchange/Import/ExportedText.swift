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
        var max_length: Int?
    }
    private let path: String
    private let content: Content

    /// - Throws: `Diagnostic` for a file that says something in another way than `export` does.
    init(_ path: String) throws {
        self.path = path
        let text = try WholeFile.read(path, expected: "a vocabulary")
        do {
            content = try JSONDecoder().decode(Content.self, from: Data(text))
        } catch DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context) {
            throw Diagnostic(
                path, "'\(context.codingPath.map(\.stringValue).joined(separator: "."))' is of another type",
                expected: "what rnn-dist export writes", hint: "correct it, or leave it out")
        } catch {
            throw Diagnostic(
                path, "its JSON, or a number in it, cannot be read", expected: "what rnn-dist export writes",
                hint: "max_length is a whole number or null")
        }
    }

    /// - Throws: `Diagnostic` naming the setting that differs from what the file says.
    func check(_ model: PortableModel) throws {
        if let classes = content.classes { try check(classes, model) }
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
        if content.tokens != nil, content.max_length != text.maximumLength {
            func shown(_ length: Int?) -> String { length.map { "\($0)" } ?? "null" }
            throw differs("data.max_length", shown(content.max_length), shown(text.maximumLength))
        }
    }

    private func check(_ classes: [String], _ model: PortableModel) throws {
        let hint = model.task == .classify
            ? "set data.labels to the order of the file" : "the training data must have the tags of the model"
        guard classes.count == model.classes.count else {
            throw Diagnostic(
                path, "it has \(classes.count.counted("class", plural: "classes"))", expected: "\(model.classes.count)", hint: hint)
        }
        for (number, (there, here)) in zip(classes, model.classes).enumerated() where there != here {
            throw Diagnostic(path, "class \(number) is '\(there)'", expected: "'\(here)'", hint: hint)
        }
    }

    private func differs(_ key: String, _ there: String, _ here: String) -> Diagnostic {
        Diagnostic(path, "its model reads texts with \(key): \(there)", expected: here, hint: "set \(key) to \(there)")
    }
}
