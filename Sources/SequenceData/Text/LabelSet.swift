import Diagnostics

/// The names of the classes; a class is the index of its name.
public struct LabelSet: Equatable, Sendable {
    let table: ByteStringTable

    public var count: Int { table.count }

    /// The names in order.
    public var names: [String] { (0..<count).map(table.text) }

    /// - Throws: `Diagnostic` when a name appears twice or is empty, or there are fewer than two.
    public init(names: [String]) throws {
        var table = ByteStringTable()
        for (index, name) in names.enumerated() {
            guard !name.isEmpty else { throw Diagnostic("data.labels", "name \(index + 1) is empty", category: .usage) }
            guard table.intern(Array(name.utf8).span) == index else {
                throw Diagnostic("data.labels", "'\(name)' is listed twice", category: .usage)
            }
        }
        guard table.count >= 2 else {
            throw Diagnostic(
                "data.labels", "\(table.count.counted("class", plural: "classes")) listed", expected: "at least two",
                category: .usage)
        }
        self.table = table
    }

    /// Names found in data, which has at least two, in byte order.
    ///
    /// - Returns: The labels, and for each number in `found` the class.
    static func sorted(_ found: ByteStringTable) -> (labels: LabelSet, classes: [Int32]) {
        var table = ByteStringTable()
        var classes = [Int32](repeating: 0, count: found.count)
        for number in (0..<found.count).sorted(by: found.precedes) {
            classes[number] = Int32(found.withBytes(of: number) { table.intern($0) })
        }
        return (LabelSet(table: table), classes)
    }

    init(table: ByteStringTable) { self.table = table }

    /// The class with this name, or nil.
    package func find(_ name: borrowing Span<UInt8>) -> Int32? { table.find(name).map(Int32.init) }

    /// The class with this name, or nil.
    public func index(of name: String) -> Int? { table.find(Array(name.utf8).span) }

    /// The class with this name.
    ///
    /// - Throws: `Diagnostic` that lists the known names.
    func index(of name: borrowing Span<UInt8>, at place: SourcePlace) throws -> Int32 {
        if let index = find(name) { return index }
        throw Diagnostic(
            place.description, "label '\(name.text)' is unknown", expected: "one of: \(listing)",
            hint: count > Self.manyLabels ? "so many labels may be another column's: check data.columns.label" : nil)
    }

    private static let manyLabels = 200

    /// The names for a message; a long list is cut, and so are long names.
    private var listing: String {
        let shown = names.prefix(20).map { $0.count > 30 ? "\($0.prefix(30))…" : $0 }.joined(separator: ", ")
        return count > 20 ? "\(shown) and \(count - 20) more" : shown
    }
}
