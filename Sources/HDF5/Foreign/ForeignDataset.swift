/// A dataset out of a file of another program.
public struct ForeignDataset: Equatable, Sendable {
    /// What is asked for; `names`: not a dataset's values, but the paths of all datasets of the file, as texts.
    public enum Kind: UInt8, Sendable { case floats = 1, integers, texts, names }

    public enum Values: Equatable, Sendable {
        /// Numbers of whatever type, converted; values may be infinite or no number.
        case floats([Float])
        case integers([Int64])
        /// UTF-8.
        case texts([[UInt8]])
    }

    /// Extents; the product is the number of values.
    public let shape: [Int]
    /// Last index fastest.
    public let values: Values
}
