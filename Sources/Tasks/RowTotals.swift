import Kernels
import RecurrentNetworks

/// The loss of a softmax at every row: replaces logits by the loss's gradient, and adds up what the shards contribute.
///
/// - Parameters:
///   - targets: The class of each row.
///   - weights: The weight of each row's loss; nil: 1 each.
///   - index: The row at each position of `leaves`.
/// - Returns: The totals, as below, and the most probable class of each row.
func rowTotals(
    _ logits: Matrix<Float>, targets: [Int32], weights: [Float]?, leavingOut blank: Int32? = nil,
    index: AlignedBuffer<Int32>,
    leaves: GradientLeaves
) -> (totals: ShardTotals, predictions: [Int32]) {
    let weights = weights ?? [Float](repeating: 1, count: targets.count)
    var losses = [Float](repeating: 0, count: targets.count), predictions = [Int32](repeating: 0, count: targets.count)
    softmaxCrossEntropy(logits, targets: targets, weights: weights, losses: &losses, predictions: &predictions)
    let totals = rowTotals(
        losses, predictions, targets: targets, weights: weights, leavingOut: blank, index: index, leaves: leaves)
    return (totals, predictions)
}

/// Adds up what the shards contribute, of the loss and the most probable class of every row.
///
/// - Parameter blank: A class whose rows are also to be left out of account.
/// - Returns: Sums: weighted loss, target weight. Counts: 0 (for the caller's examples), rows, rows predicted rightly;
///   with a blank also the rows of other classes, and those predicted rightly.
func rowTotals(
    _ losses: [Float], _ predictions: [Int32], targets: [Int32], weights: [Float]?, leavingOut blank: Int32? = nil,
    index: AlignedBuffer<Int32>, leaves: GradientLeaves
) -> ShardTotals {
    let counts = [0, Int64(targets.count), 0] + (blank == nil ? [] : [0, 0])
    var totals = ShardTotals(shards: leaves.shards, sums: [], counts: counts)
    for leaf in leaves.shards.indices {
        var sums = [0.0, 0.0]
        for position in leaves.bounds[leaf]..<leaves.bounds[leaf + 1] {
            let row = Int(index[position])
            sums[0] += Double(losses[row])
            sums[1] += Double(weights?[row] ?? 1)
            let isRight: Int64 = predictions[row] == targets[row] ? 1 : 0
            totals.counts[2] += isRight
            guard let blank, targets[row] != blank else { continue }
            totals.counts[3] += 1
            totals.counts[4] += isRight
        }
        totals.sums.append(sums)
    }
    return totals
}
