import Diagnostics

/// Embedded examples: a line `# Label`, then lines of texts separated by commas, then the next label.
/// Blank lines lay the set out and are not counted.
package struct LabelledSections: TextSource {
    package let name: String
    let bytes: [UInt8]

    /// The embedded set that a configuration names `builtin:surnames`.
    static let surnamesPath = "builtin:surnames"

    /// - Throws: `Diagnostic` when there is no embedded set of this name.
    init(builtin path: String) throws {
        guard path == Self.surnamesPath else {
            throw Diagnostic(
                path, "there is no such built-in data", expected: "\(Self.surnamesPath) or \(TemporalOrder.path)",
                category: .usage)
        }
        self.init(name: path, bytes: PackageResources.surnames_txt)
    }

    package init(name: String, bytes: [UInt8]) {
        self.name = name
        self.bytes = bytes
    }

    package func forEach(_ body: (_ label: Span<UInt8>, _ text: Span<UInt8>, _ place: SourcePlace) throws -> Void)
        throws -> Int
    {
        let span = bytes.span
        try span.checkUTF8(file: name, line: 1)
        var label = 0..<0
        for (index, line) in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).enumerated() {
            let place = SourcePlace(file: name, line: index + 1)
            let trimmed = trim(line.indices, in: span)
            if trimmed.isEmpty {
                continue
            } else if span[trimmed.lowerBound] == UInt8(ascii: "#") {
                label = trim(trimmed.dropFirst(), in: span)
            } else {
                guard !label.isEmpty else {
                    throw Diagnostic(place.description, "text stands before any '# Label' line")
                }
                for item in line.split(separator: UInt8(ascii: ",")) {
                    let text = trim(item.indices, in: span)
                    if !text.isEmpty { try body(span.extracting(label), span.extracting(text), place) }
                }
            }
        }
        return 0
    }

    private func trim(_ range: Range<Int>, in span: Span<UInt8>) -> Range<Int> {
        let trimmed = span.extracting(range).trimmed
        return range.lowerBound + trimmed.lowerBound..<range.lowerBound + trimmed.upperBound
    }
}
