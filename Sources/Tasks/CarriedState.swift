import Kernels

/// What a task carries from one training step to the next: a row of numbers for each stream.
///
/// A rank reads and writes the rows of its own shards; before a digest or a checkpoint all ranks exchange theirs.
public final class CarriedState: Sendable {
    /// `[stream, width]`
    public let rows: Matrix<Float>
    /// The shard of each stream, rising.
    public let shards: [Int]

    /// Zeros.
    public init(shards: [Int], width: Int) {
        rows = Matrix(rows: shards.count, columns: width)
        self.shards = shards
    }
}
