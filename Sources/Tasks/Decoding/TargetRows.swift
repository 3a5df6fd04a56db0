import Kernels
import RecurrentNetworks
import SequenceData

/// What a decoder is to emit, row by row: the token before (at first the boundary), and the token itself.
package struct TargetRows {
    package let packed: PackedSequences
    package let inputs: AlignedBuffer<Int32>
    package let targets: [Int32]
    let examples: AlignedBuffer<Int32>

    /// - Parameter batch: Of sequences that end with the boundary.
    package init(_ batch: Batch) {
        guard let tokens = batch.tokens else { preconditionFailure("a decoder emits tokens") }
        packed = batch.packed
        examples = batch.examples
        targets = Array(tokens.elements)
        inputs = AlignedBuffer(count: packed.rows)
        for t in 1..<max(1, packed.steps) {
            for j in 0..<packed.active[t] { inputs[packed.offsets[t] + j] = tokens[packed.offsets[t - 1] + j] }
        }
        for j in 0..<packed.sequences { inputs[j] = SentenceCodec.boundary }
    }

    func input<Scalar: KernelScalar>(_: Scalar.Type) -> SequenceInput<Scalar> {
        SequenceInput(packed: packed, tokens: inputs, features: nil, examples: examples)
    }

    /// Replaces logits by the loss's gradient, and adds up what the shards contribute.
    ///
    /// - Parameter tokens: Tokens that the step's speed is counted in.
    /// - Returns: Sums: loss, target tokens. Counts: sequences, tokens, target tokens, those predicted.
    func loss(_ logits: Matrix<Float>, smoothing: Double, tokens: Int) -> ShardTotals {
        var losses = [Float](repeating: 0, count: targets.count),
            predictions = [Int32](repeating: 0, count: targets.count)
        softmaxCrossEntropy(
            logits, targets: targets, weights: [Float](repeating: 1, count: targets.count), smoothing: Float(smoothing),
            losses: &losses,
            predictions: &predictions)
        let rows = packed.gradientRows(liveSteps: nil), leaves = rows.leaves
        var totals = ShardTotals(shards: leaves.shards, sums: [], counts: [])
        for leaf in leaves.shards.indices {
            var sum = 0.0
            for position in leaves.bounds[leaf]..<leaves.bounds[leaf + 1] {
                sum += Double(losses[Int(rows.rows[position])])
            }
            totals.sums.append([sum, Double(leaves.bounds[leaf + 1] - leaves.bounds[leaf])])
        }
        let correct = zip(targets, predictions).count { $0 == $1 }
        totals.counts = [packed.sequences, tokens, targets.count, correct].map(Int64.init)
        return totals
    }
}

extension TaskMetrics {
    /// Loss, perplexity and accuracy of tokens, out of totals as `TargetRows.loss` gives them.
    init(tokenTotals totals: Totals) {
        let loss = totals.sums[1] == 0 ? 0 : totals.sums[0] / totals.sums[1]
        self.init(values: [
            .init(name: "loss_nats", value: loss),
            .init(name: "perplexity", value: Perplexity.of(loss)),
            .init(
                name: "accuracy", value: totals.counts[2] == 0 ? 0 : Double(totals.counts[3]) / Double(totals.counts[2])
            ),
        ])
    }
}
