import Configuration
import Kernels
import RecurrentNetworks
import SequenceData

/// A rank's part of a minibatch of forecasts.
package struct ForecastBatch: TaskBatch {
    package let input: ForecastInput<Float>
    /// `[output row, numbers of a row]`
    package let targets: Matrix<Float>
    /// Where the examples come from.
    let source: any ForecastSource
    /// The example behind each packed sequence.
    package let examples: [Int]
    package var isEmpty: Bool { examples.isEmpty }

    /// - Parameters:
    ///   - chosen: Example numbers.
    ///   - shardOf: The shard of each, rising.
    ///   - output: Which rows the network gives.
    init(
        _ source: any ForecastSource, _ chosen: [Int], _ shardOf: [Int], subtrees: ShardSubtrees,
        _ output: ForecastConfiguration.Output, horizon: Int
    ) {
        self.source = source
        let packed = PackedSequences(lengths: chosen.map(source.length(of:)), shards: shardOf, subtreeShards: subtrees)
        examples = packed.order.map { chosen[$0] }
        let unrolled = output == .decoder
            ? PackedSequences(
                lengths: examples.map { _ in horizon }, shards: packed.order.map { shardOf[$0] },
                subtreeShards: subtrees) : nil
        let width = source.inputWidth
        let features = Matrix<Float>(rows: packed.rows, columns: width)
        var rows: [Float] = [], rowWidth = 0
        for (sequence, example) in examples.enumerated() {
            var steps: [Float] = [], targets: [Float] = []
            source.append(example, input: &steps, targets: &targets)
            scatter(steps, width: width, of: sequence, packed, into: features.storage)
            let times = output == .last ? 1 : output == .everyStep ? packed.lengths[sequence] : horizon
            if rows.isEmpty {
                rowWidth = targets.count / times
                let count = output == .last ? packed.sequences : (unrolled ?? packed).rows
                rows = [Float](repeating: 0, count: count * rowWidth)
            }
            for time in 0..<times {
                let row = output == .last ? sequence : (unrolled ?? packed).offsets[time] + sequence
                for column in 0..<rowWidth { rows[row * rowWidth + column] = targets[time * rowWidth + column] }
            }
        }
        targets = Matrix(AlignedBuffer(rows), rows: rowWidth == 0 ? 0 : rows.count / rowWidth, columns: rowWidth)
        input = ForecastInput(
            SequenceInput(
                packed: packed, tokens: nil, features: features,
                examples: AlignedBuffer(examples.map { Int32(truncatingIfNeeded: $0) })),
            output, unrolled: unrolled)
    }
}

/// Puts the time steps of a sequence, `[time, width]`, into its rows.
private func scatter(
    _ steps: [Float], width: Int, of sequence: Int, _ packed: PackedSequences, into rows: AlignedBuffer<Float>
) {
    let target = rows.mutableElements
    for time in 0..<packed.lengths[sequence] {
        for column in 0..<width {
            target[(packed.offsets[time] + sequence) * width + column] = steps[time * width + column]
        }
    }
    withExtendedLifetime(rows) {}
}
