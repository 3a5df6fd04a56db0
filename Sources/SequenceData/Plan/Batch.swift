import Kernels

/// The examples of some shards of one step, packed for the kernels.
public struct Batch: Sendable {
    public let packed: PackedSequences
    /// The token of each row; nil for numeric data.
    public let tokens: AlignedBuffer<Int32>?
    /// `[row, features]`; nil for text.
    public let features: Matrix<Float>?
    /// The example behind each packed sequence.
    public let examples: AlignedBuffer<Int32>
    /// The shard of each packed sequence.
    public let shards: [Int]
    /// The class of each packed sequence; empty when the data has no labels.
    public let labels: [Int32]

    /// - Parameters:
    ///   - shards: The shards of a rank.
    ///   - subtrees: The maximal aligned subtrees they form.
    public init(_ corpus: EncodedCorpus, _ plan: EpochPlan, step: Int, shards: Range<Int>, subtrees: ShardSubtrees) {
        let (chosen, shardOf) = plan.examples(step: step, shards: shards)
        self.init(corpus, chosen, shardOf, subtrees: subtrees)
    }

    /// - Parameters:
    ///   - chosen: Example numbers.
    ///   - shardOf: The shard of each, rising.
    public init(_ corpus: EncodedCorpus, _ chosen: [Int], _ shardOf: [Int], subtrees: ShardSubtrees) {
        packed = PackedSequences(lengths: chosen.map(corpus.length(of:)), shards: shardOf, subtreeShards: subtrees)
        let order = packed.order.map { chosen[$0] }
        examples = AlignedBuffer(order.map { Int32(truncatingIfNeeded: $0) })
        self.shards = packed.order.map { shardOf[$0] }
        labels = corpus.hasLabels ? order.map { corpus.labels[$0] } : []
        let starts = order.map { corpus.range(of: $0).lowerBound }
        if corpus.featureWidth == 0 {
            let rows = AlignedBuffer<Int32>(count: packed.rows)
            let target = rows.mutableElements
            for t in 0..<packed.steps {
                for j in 0..<packed.active[t] { target[packed.offsets[t] + j] = corpus.tokens[starts[j] + t] }
            }
            tokens = rows
            features = nil
        } else {
            let width = corpus.featureWidth
            let rows = Matrix<Float>(rows: packed.rows, columns: width)
            let target = rows.storage.mutableElements
            for t in 0..<packed.steps {
                for j in 0..<packed.active[t] {
                    for f in 0..<width {
                        target[(packed.offsets[t] + j) * width + f] = corpus.features[(starts[j] + t) * width + f]
                    }
                }
            }
            tokens = nil
            features = rows
        }
    }
}

extension EncodedCorpus {
    /// Time steps of each example.
    public var lengths: [Int32] { (0..<count).map { Int32(truncatingIfNeeded: length(of: $0)) } }
}
