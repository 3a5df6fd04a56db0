import Kernels
import RecurrentNetworks

/// The loss of a softmax at every row: replaces logits by the loss's gradient, and adds up what the shards contribute.
///
/// - Parameters:
///   - targets: The class of each row.
///   - weights: The weight of each row's loss; nil: 1 each.
/// - Returns: Sums: weighted loss, target weight. Counts: 0 (for the caller's examples), rows, rows predicted rightly.
func rowTotals(
    _ logits: Matrix<Float>, targets: [Int32], weights: [Float]? = nil, _ packed: PackedSequences
) -> ShardTotals {
    let weights = weights ?? [Float](repeating: 1, count: targets.count)
    var losses = [Float](repeating: 0, count: targets.count), predictions = [Int32](repeating: 0, count: targets.count)
    softmaxCrossEntropy(logits, targets: targets, weights: weights, losses: &losses, predictions: &predictions)
    let rows = packed.gradientRows(liveSteps: nil)
    var totals = ShardTotals(shards: rows.leaves.shards, sums: [], counts: [0, Int64(targets.count), 0])
    for leaf in rows.leaves.shards.indices {
        var sums = [0.0, 0.0]
        for position in rows.leaves.bounds[leaf]..<rows.leaves.bounds[leaf + 1] {
            let row = Int(rows.rows[position])
            sums[0] += Double(losses[row])
            sums[1] += Double(weights[row])
            if predictions[row] == targets[row] { totals.counts[2] += 1 }
        }
        totals.sums.append(sums)
    }
    return totals
}

/// The numbers in a buffer, sorted, each once.
func sortedUnique(_ numbers: AlignedBuffer<Int32>) -> [Int32] {
    var unique: [Int32] = []
    withExtendedLifetime(numbers) {
        for number in numbers.elements.sorted() where unique.last != number { unique.append(number) }
    }
    return unique
}
