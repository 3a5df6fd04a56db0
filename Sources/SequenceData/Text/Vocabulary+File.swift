import Diagnostics
internal import Foundation

extension Vocabulary {
    /// Reads entries in order: one a line, or those of the list `vocabulary` of a JSON object (a file `*.json`).
    ///
    /// Padding and the unknown token may stand at the begin, as in Keras' `get_vocabulary()`; else they are put there.
    /// A language model's line end can stand in JSON alone.
    ///
    /// - Throws: `Diagnostic` where an entry appears twice, or there is none, and where the file cannot be read.
    init(file path: String) throws {
        var entries: [String] = []
        if path.hasSuffix(".json") {
            var file = try TextFile(path: path)
            var bytes: [UInt8] = []
            while let line = try file.nextLine() { bytes += file.bytes[line] + [0x0A] }
            let object = try? JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any]
            guard let list = object?["vocabulary"] as? [String] else {
                throw Diagnostic(path, "is no JSON object with a list of texts 'vocabulary'", category: .usage)
            }
            entries = list
        } else {
            var file = try TextFile(path: path)
            while let line = try file.nextTextLine() { entries.append(file.bytes.span.extracting(line).text) }
        }
        if !(entries.count > 1 && entries[0].isEmpty && entries[1].utf8.elementsEqual("[UNK]".utf8)) {
            entries = ["", "[UNK]"] + entries
        }
        guard entries.count > 2 else { throw Diagnostic(path, "has no entry", expected: "at least one token") }
        do { try self.init(strings: entries) } catch let error as Diagnostic {
            throw Diagnostic(path, error.found, expected: error.expected, hint: error.hint)
        }
    }
}
