import Kernels
import RecurrentNetworks

extension TaggingTask {
    /// The totals of scores, and their gradient, which may take their place.
    ///
    /// - Parameter gradients: Receives those of the field; nil: no gradient is wanted.
    func judge(
        _ scores: Matrix<Float>, _ batch: TaggingBatch<Float>, into gradients: Gradients<Float>?
    ) -> (totals: ShardTotals, gradient: Matrix<Float>) {
        let packed = batch.input.packed, leaves = packed.sequenceLeaves
        var totals = ShardTotals(shards: leaves.shards, sums: [], counts: [])
        let isKnown = batch.targets.elements.map { $0 >= 0 && $0 < classes }
        let targets = zip(batch.targets.elements, isKnown).map { $1 ? $0 : 0 }
        var gradient = scores, predictions = [Int32](repeating: 0, count: targets.count)
        if let field = network.field {
            let tags = AlignedBuffer(targets)
            predictions = field.decode(scores, packed, parameters)
            let losses = field.losses(scores, tags: tags, packed, parameters)
            if let gradients { gradient = field.backward(tags: tags, packed, into: gradients) }
            for leaf in leaves.shards.indices {
                var sums = [0.0, 0.0]
                for position in leaves.bounds[leaf]..<leaves.bounds[leaf + 1] {
                    let sentence = Int(packed.leafSequences[position]), length = packed.lengths[sentence]
                    guard rows(of: sentence, packed).allSatisfy({ isKnown[$0] }) else { continue }
                    sums[0] += losses[sentence]
                    sums[1] += Double(length)
                }
                totals.sums.append(sums)
            }
        } else {
            let rows = rowTotals(
                scores, targets: targets, weights: isKnown.map { $0 ? 1 : 0 }, index: batch.index, leaves: batch.leaves)
            totals.sums = rows.totals.sums
            predictions = rows.predictions
        }
        let score = score(batch, predictions, types: gradients == nil ? types : 0)
        totals.counts = [Int64(packed.sequences), Int64(packed.rows)] + score.counts
        return (totals, gradient)
    }

    private func score(_ batch: TaggingBatch<Float>, _ predictions: [Int32], types: Int) -> SpanScore {
        var score = SpanScore(types: types)
        let packed = batch.input.packed
        guard batch.chosen == nil else {
            score.tokens = Int64(predictions.count)
            score.correctTokens = Int64(zip(predictions, batch.targets.elements).count { $0 == $1 })
            return score
        }
        for sentence in 0..<packed.sequences {
            let rows = rows(of: sentence, packed)
            score.add(expected: rows.map { batch.targets[$0] }, predicted: rows.map { predictions[$0] }, finder)
        }
        return score
    }

    func rows(of sentence: Int, _ packed: PackedSequences) -> [Int] {
        (0..<packed.lengths[sentence]).map { packed.offsets[$0] + sentence }
    }
}
