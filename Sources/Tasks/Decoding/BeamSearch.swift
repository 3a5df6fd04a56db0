import Kernels
import RecurrentNetworks
import SequenceData

/// Finds probable sequences token by token; with one hypothesis a sequence it is greedy.
///
/// Hypotheses are compared by the sum of their tokens' log probabilities, finished ones by that sum over the length's
/// power (Wu et al. 2016 have another form of the same idea). Ties go to the better parent, then to the smaller token.
package struct BeamSearch {
    package struct Hypothesis {
        /// Without the boundary.
        package var tokens: [Int32] = []
        /// Sum of log probabilities, in nats, the boundary's included.
        package var logProbability = 0.0
        /// Whether it ended by itself.
        package var isComplete = false

        /// What finished hypotheses are compared by.
        func score(_ lengthPenalty: Double) -> Double {
            lengthPenalty == 0 ? logProbability : logProbability / power(Double(tokens.count + 1), lengthPenalty)
        }
    }

    /// Hypotheses kept for each sequence.
    let width: Int
    /// Exponent of the length.
    let lengthPenalty: Double

    package init(width: Int, lengthPenalty: Double) {
        self.width = width
        self.lengthPenalty = lengthPenalty
    }

    /// - Parameters:
    ///   - initial: The states the sequences begin in.
    ///   - limits: Longest sequence to emit, for each.
    ///   - step: Probabilities `[row, tokens]` of what follows the last tokens, given states and the sequence each row
    ///     belongs to; and the states after.
    /// - Returns: For each sequence its hypotheses, the best first.
    package func run(
        initial: RecurrentState<Float>, limits: [Int],
        step: (_ tokens: [Int32], _ state: RecurrentState<Float>, _ sequences: [Int]) -> (
            Matrix<Float>, RecurrentState<Float>
        )
    ) -> [[Hypothesis]] {
        var live = limits.indices.map { (sequence: $0, hypothesis: Hypothesis()) }
        var finished = [[Hypothesis]](repeating: [], count: limits.count)
        var state = initial
        while !live.isEmpty {
            let (probabilities, after) = step(
                live.map { $0.hypothesis.tokens.last ?? SentenceCodec.boundary }, state, live.map(\.sequence))
            var next: [(sequence: Int, hypothesis: Hypothesis)] = [], parents: [Int] = []
            var first = 0
            while first < live.count {
                let sequence = live[first].sequence
                let rows = first..<(live[first...].firstIndex { $0.sequence != sequence } ?? live.count)
                first = rows.upperBound
                var room = width - finished[sequence].count
                for candidate in candidates(rows, live.map(\.hypothesis), probabilities).prefix(room) where room > 0 {
                    var hypothesis = live[candidate.row].hypothesis
                    hypothesis.logProbability = candidate.score
                    hypothesis.isComplete = candidate.token == SentenceCodec.boundary
                    if !hypothesis.isComplete { hypothesis.tokens.append(candidate.token) }
                    if hypothesis.isComplete || hypothesis.tokens.count >= limits[sequence] {
                        finished[sequence].append(hypothesis)
                        room -= 1
                    } else {
                        next.append((sequence, hypothesis))
                        parents.append(candidate.row)
                    }
                }
            }
            live = next
            if !live.isEmpty { state = after.selecting(parents) }
        }
        return finished.map { hypotheses in
            hypotheses.enumerated().sorted {
                let (a, b) = ($0.element.score(lengthPenalty), $1.element.score(lengthPenalty))
                return a != b ? a > b : $0.offset < $1.offset
            }.map(\.element)
        }
    }

    /// The best ways to go on from some rows.
    private func candidates(
        _ rows: Range<Int>, _ hypotheses: [Hypothesis], _ probabilities: Matrix<Float>
    ) -> [(row: Int, token: Int32, score: Double)] {
        var all: [(row: Int, token: Int32, score: Double)] = []
        for row in rows {
            for token in largest(width, in: probabilities, row) {
                // Softmax may underflow; a logarithm needs a normal number.
                let probability = max(probabilities[row, token], .leastNormalMagnitude)
                all.append(
                    (
                        row, Int32(token),
                        hypotheses[row].logProbability + Double(Float.naturalLogarithm(of: probability))
                    ))
            }
        }
        return all.sorted { $0.score != $1.score ? $0.score > $1.score : ($0.row, $0.token) < ($1.row, $1.token) }
    }

    /// The columns of a row's largest values, the largest first; of equals the first ones.
    private func largest(_ count: Int, in matrix: Matrix<Float>, _ row: Int) -> [Int] {
        var best: [Int] = []
        for column in 0..<matrix.columns {
            if best.count == count, let last = best.last, matrix[row, column] <= matrix[row, last] { continue }
            let place = best.firstIndex { matrix[row, column] > matrix[row, $0] } ?? best.count
            best.insert(column, at: place)
            if best.count > count { best.removeLast() }
        }
        return best
    }
}
