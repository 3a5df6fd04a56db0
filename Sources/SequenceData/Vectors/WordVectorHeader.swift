import Diagnostics

/// The first line of word2vec's formats: how many vectors follow, and of what width.
struct WordVectorHeader {
    let count: Int
    let width: Int

    /// Nil when the line is not two whole numbers.
    ///
    /// - Throws: `Diagnostic` when the numbers are larger than any file.
    init?(_ line: borrowing Span<UInt8>, name: String) throws {
        let fields = line.text.split(whereSeparator: { $0 == " " || $0 == "\t" })
        guard fields.count == 2, fields.allSatisfy({ $0.utf8.allSatisfy { (0x30...0x39).contains($0) } }) else {
            return nil
        }
        guard let count = Int(fields[0]), let width = Int(fields[1]) else {
            throw Diagnostic(
                "\(name):1",
                "the first line promises \(fields[0]) vectors of width \(fields[1]), more than any file can hold")
        }
        self.count = count
        self.width = width
    }

    /// What to say when the file holds another number of vectors.
    ///
    /// - Parameter found: `ends after 3`, `goes on after 4`.
    func mismatch(_ name: String, _ found: String) -> Diagnostic {
        Diagnostic(
            name, "file \(found) vectors", expected: "\(count) of width \(width) as its first line says",
            hint: "the file may be damaged or truncated")
    }
}
