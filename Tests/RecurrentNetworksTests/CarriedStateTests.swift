import Configuration
import Kernels
import RecurrentNetworks
import XCTest

/// A stack takes states, gives states, and passes gradients through both.
final class CarriedStateTests: XCTestCase {
    private let team = ThreadTeam(count: 1)
    private let lengths = [5, 3, 3, 1], shards = [0, 0, 2, 3]

    func testTwoWindowsWithStatesCarriedAreOneSequence() {
        for cell in CellCase.all {
            let (stack, parameters) = stack(cell, bidirectional: false)
            let whole = input(lengths: [6, 6], shards: [0, 1], seed: 4)
            stack.forward(whole, .evaluation, parameters)
            let expected = copy(stack.everyStep(whole.packed))
            var state: RecurrentState<Double>?
            for window in [0..<2, 2..<6] {
                let part = rows(whole, window)
                stack.forward(part, .evaluation, parameters, initial: state)
                XCTAssertEqual(
                    copy(stack.everyStep(part.packed)), Array(expected[window.lowerBound * 2..<window.upperBound * 2]),
                    cell.name)
                state = stack.finalState(part.packed)
            }
        }
    }

    func testGradientsFlowThroughInitialAndFinalStatesAndInputRows() {
        for cell in CellCase.all {
            for bidirectional in [false, true] { check(cell, bidirectional: bidirectional) }
        }
    }

    /// Loss: weighted sum of all outputs and of all final states.
    private func check(_ cell: CellCase, bidirectional: Bool) {
        let (stack, parameters) = stack(cell, bidirectional: bidirectional)
        let batch = input(lengths: lengths, shards: shards, seed: 7)
        let packed = batch.packed
        let initial = state(stack, sequences: packed.sequences, seed: 11),
            final = state(stack, sequences: packed.sequences, seed: 12)
        let weights = Matrix<Double>(rows: packed.rows, columns: stack.outputSize)
        fill(weights, seed: 13)
        func loss() -> Double {
            stack.forward(batch, .evaluation, parameters, initial: initial)
            let outputs = stack.everyStep(packed), ends = stack.finalState(packed)
            return dot(outputs, weights) + zip(ends.parts, final.parts).reduce(0) { $0 + dot($1.0, $1.1) }
        }
        _ = loss()
        let gradients = Gradients<Double>(parameters.layout, subtrees: 1)
        let d = Matrix<Double>(rows: packed.rows, columns: stack.outputSize)
        copyRows(weights, rows: .all(packed.rows), into: d, rows: .all(packed.rows))
        let dInitial = stack.backward(.everyStep(d), dFinal: final, batch, .evaluation, into: gradients)
        let analytic = dInitial.parts.map(copy)
        guard let features = batch.features, let dInput = stack.inputGradient.map(copy) else {
            return XCTFail("no gradient of the rows")
        }
        for (part, expected) in zip(initial.parts + [features], analytic + [dInput]) {
            let numeric = (0..<part.rows).map { row in
                (0..<part.columns).map { column -> Double in
                    let kept = part[row, column], h = 1e-4
                    func value(_ x: Double) -> Double {
                        part[row, column] = x
                        return loss()
                    }
                    let slope =
                        (8 * (value(kept + h) - value(kept - h)) - (value(kept + 2 * h) - value(kept - 2 * h)))
                        / (12 * h)
                    part[row, column] = kept
                    return slope
                }
            }
            let scale = expected.joined().map(abs).max() ?? 0
            XCTAssertGreaterThan(scale, 1e-3, cell.name)
            for (a, b) in zip(expected.joined(), numeric.joined()) {
                XCTAssertLessThan(abs(a - b), 1e-7 * scale, cell.name)
            }
        }
    }

    private func stack(_ cell: CellCase, bidirectional: Bool) -> (RecurrentStack<Double>, Parameters<Double>) {
        var layout = ParameterLayout()
        let layers = cell.model(.features, sizes: [4, 3], bidirectional: bidirectional, readout: .last).layers
        let stack = RecurrentStack<Double>(
            .rows(width: 2), layers: layers, initializer: .pytorch, dropout: 0, team: team, layout: &layout)
        let parameters = Parameters<Double>(layout)
        parameters.initialize(seed: 3)
        stack.pack(parameters)
        return (stack, parameters)
    }

    private func input(lengths: [Int], shards: [Int], seed: UInt64) -> SequenceInput<Double> {
        let packed = PackedSequences(lengths: lengths, shards: shards, subtreeShards: [0..<4])
        let rows = Matrix<Double>(rows: packed.rows, columns: 2)
        fill(rows, seed: seed)
        return SequenceInput(
            packed: packed, tokens: nil, features: rows, examples: AlignedBuffer(packed.order.map { Int32($0) }))
    }

    /// Some time steps of sequences of equal length.
    private func rows(_ batch: SequenceInput<Double>, _ window: Range<Int>) -> SequenceInput<Double> {
        let count = batch.packed.sequences
        let packed = PackedSequences(
            lengths: [Int](repeating: window.count, count: count), shards: Array(0..<count), subtreeShards: [0..<4])
        return SequenceInput(
            packed: packed, tokens: nil,
            features: batch.features?.rows(window.lowerBound * count..<window.upperBound * count),
            examples: batch.examples)
    }

    private func state(_ stack: RecurrentStack<Double>, sequences: Int, seed: UInt64) -> RecurrentState<Double> {
        var number = seed * 100
        func matrix(_ size: Int) -> Matrix<Double> {
            let matrix = Matrix<Double>(rows: sequences, columns: size)
            number += 1
            fill(matrix, seed: number)
            return matrix
        }
        return RecurrentState(
            directions: stack.stateShapes.map {
                DirectionState(hidden: matrix($0.size), memory: $0.hasMemory ? matrix($0.size) : nil)
            })
    }

    private func fill(_ matrix: Matrix<Double>, seed: UInt64) {
        let stream = RandomStream(seed: seed, purpose: .sampling)
        for row in 0..<matrix.rows {
            for column in 0..<matrix.columns {
                matrix[row, column] = 2 * stream.uniform(UInt64(row * matrix.columns + column)) - 1
            }
        }
    }

    private func copy(_ matrix: Matrix<Double>) -> [[Double]] {
        (0..<matrix.rows).map { row in (0..<matrix.columns).map { matrix[row, $0] } }
    }

    private func dot(_ a: Matrix<Double>, _ b: Matrix<Double>) -> Double {
        zip(copy(a).joined(), copy(b).joined()).reduce(0) { $0 + $1.0 * $1.1 }
    }
}
