/// Largest values accepted: far beyond use, small enough that products of them do not overflow.
enum Limits {
    /// Units, rows of a batch, columns, tokens.
    static let size = 1...1_000_000
    /// Steps, epochs, rows.
    static let count = 1...1_000_000_000
    static let countOrZero = 0...1_000_000_000
    static let shards = 65_536
    /// Layers of a network.
    static let layers = 1_000
}
