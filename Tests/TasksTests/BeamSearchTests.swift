import Kernels
import RecurrentNetworks
import Tasks
import XCTest

final class BeamSearchTests: XCTestCase {
    /// Probabilities of tokens 0 (the boundary), 1, 2 after each sequence of tokens; what is not listed ends.
    private let language: [[Int32]: [Float]] = [
        [1]: [0.2, 0.4, 0.4], [2]: [0.9, 0.05, 0.05], []: [0.01, 0.59, 0.4], [1, 1]: [0.5, 0.3, 0.2],
        [1, 2]: [0.6, 0.2, 0.2]
    ]

    /// The state of a hypothesis is its tokens as a number, one digit each.
    private func search(_ width: Int, penalty: Double = 0, limits: [Int] = [3]) -> [[BeamSearch.Hypothesis]] {
        let initial = RecurrentState<Float>(directions: [
            DirectionState(hidden: Matrix(rows: limits.count, columns: 1), memory: nil)
        ])
        return BeamSearch(width: width, lengthPenalty: penalty).run(initial: initial, limits: limits) {
            tokens, state, sequences in
            XCTAssertEqual(sequences, sequences.sorted())
            let probabilities = Matrix<Float>(rows: tokens.count, columns: 3),
                after = Matrix<Float>(rows: tokens.count, columns: 1)
            for row in tokens.indices {
                after[row, 0] = state.directions[0].hidden[row, 0] * 10 + Float(tokens[row])
                let past = String(Int(after[row, 0])).compactMap { Int32(String($0)) }.filter { $0 > 0 }
                for (token, probability) in (language[past] ?? [1, 0, 0]).enumerated() {
                    probabilities[row, token] = probability
                }
            }
            return (probabilities, RecurrentState(directions: [DirectionState(hidden: after, memory: nil)]))
        }
    }

    func testOneHypothesisIsGreedy() {
        let found = search(1)[0]
        XCTAssertEqual(found.map(\.tokens), [[1, 1]])
        XCTAssertTrue(found[0].isComplete)
        XCTAssertEqual(exp(found[0].logProbability), 0.59 * 0.4 * 0.5, accuracy: 1e-6)
    }

    func testAWiderBeamFindsWhatGreedyMisses() {
        let found = search(3)[0]
        XCTAssertEqual(found[0].tokens, [2])
        XCTAssertEqual(exp(found[0].logProbability), 0.4 * 0.9, accuracy: 1e-6)
        XCTAssertEqual(found.count, 3)
        XCTAssertEqual(found.map(\.logProbability), found.map(\.logProbability).sorted(by: >))
    }

    func testALengthPenaltyFavoursLongerSequences() {
        XCTAssertEqual(search(3, penalty: 0)[0][0].tokens.count, 1)
        XCTAssertEqual(search(3, penalty: 4)[0][0].tokens.count, 2)
    }

    func testTheLimitEndsASequence() {
        let found = search(1, limits: [1])[0]
        XCTAssertEqual(found.map(\.tokens), [[1]])
        XCTAssertFalse(found[0].isComplete)
    }

    func testSequencesDoNotDisturbEachOther() {
        for width in 1...3 {
            let together = search(width, limits: [3, 1, 2, 3])
            for (found, limit) in zip(together, [3, 1, 2, 3]) {
                XCTAssertEqual(found.map(\.tokens), search(width, limits: [limit])[0].map(\.tokens))
            }
        }
    }
}
