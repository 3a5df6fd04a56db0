import Kernels
import RecurrentNetworks
import SequenceData

/// A rank's part of a minibatch of pairs.
public struct PairBatch: TaskBatch {
    let source: Batch
    package let target: TargetRows
    /// The packed source sequence of each packed target sequence.
    let sourceOfTarget: [Int]
    /// Which source each row of the target looks at.
    let attention: AttentionRows
    public var isEmpty: Bool { source.packed.sequences == 0 }

    /// - Parameters:
    ///   - shards: The shards of a rank.
    ///   - subtrees: The maximal aligned subtrees they form.
    package init(_ pairs: SentencePairs, _ plan: EpochPlan, step: Int, shards: Range<Int>, subtrees: ShardSubtrees) {
        source = Batch(pairs.source, plan, step: step, shards: shards, subtrees: subtrees)
        let target = Batch(pairs.target, plan, step: step, shards: shards, subtrees: subtrees)
        self.target = TargetRows(target)
        var placeOfSource = [Int](repeating: 0, count: source.packed.order.count)
        for (place, number) in source.packed.order.enumerated() { placeOfSource[number] = place }
        let sources = target.packed.order.map { placeOfSource[$0] }
        sourceOfTarget = sources
        let packed = target.packed
        attention = AttentionRows(
            source: source.packed,
            sequenceOfRow: (0..<packed.steps).flatMap { t in (0..<packed.active[t]).map { sources[$0] } })
    }

    func sourceInput<Scalar: KernelScalar>(_: Scalar.Type) -> SequenceInput<Scalar> {
        SequenceInput(packed: source.packed, tokens: source.tokens, features: nil, examples: source.examples)
    }

    /// Tokens of both sides.
    var tokens: Int { source.packed.rows + target.packed.rows }
}
