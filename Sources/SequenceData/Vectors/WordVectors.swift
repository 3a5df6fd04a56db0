/// Pretrained vectors for the entries of a vocabulary.
public struct WordVectors: Sendable {
    /// Numbers per vector.
    public let width: Int
    /// `[vocabulary.count, width]`; zero where the file has no vector for an entry.
    public private(set) var rows: [Float]
    /// For each entry of the vocabulary, whether the file has a vector for it.
    public private(set) var isFound: [Bool]

    /// Entries that a file can cover: all but padding and unknown.
    public var words: Int { max(isFound.count - 2, 0) }
    /// How many of `words` the file has.
    public var found: Int { isFound.dropFirst(2).count { $0 } }
    /// `found / words`, 0...1.
    public var coverage: Double { words == 0 ? 0 : Double(found) / Double(words) }

    init(width: Int, entries: Int) {
        self.width = width
        rows = [Float](repeating: 0, count: width * entries)
        isFound = [Bool](repeating: false, count: entries)
    }

    mutating func set(_ values: [Float], for entry: Int) {
        precondition(values.count == width, "a vector of another width")
        isFound[entry] = true
        for index in values.indices { rows[entry * width + index] = values[index] }
    }
}
