import Configuration
import Kernels
import RecurrentNetworks
import XCTest

/// States that a stack is given and gives away, with and without regularisers, against differences in Double.
final class StackStateTests: XCTestCase {
    private let packed = PackedSequences(lengths: [3, 1, 4], shards: [0, 2, 2], subtreeShards: [0..<4])

    private struct Stack {
        let stack: RecurrentStack<Double>
        let parameters: Parameters<Double>

        init(_ model: ModelConfiguration, width: Int) {
            var layout = ParameterLayout()
            stack = RecurrentStack(
                .rows(width: width), layers: model.layers, initializer: .pytorch, dropout: model.dropout,
                regularizers: Regularizers(model), team: ThreadTeam(count: 1), layout: &layout)
            parameters = Parameters(layout)
        }
    }

    func testGradientsOfInitialStatesInputsAndParametersAreDerivatives() {
        for cell in CellCase.all {
            for (name, model) in cell.regularized(.features, sizes: [5, 4], bidirectional: false, readout: .last) {
                for pass in [Pass(trainingStep: 4, seed: 3, truncation: nil), .evaluation] {
                    check(model, "\(cell.name), \(name), \(pass.trainingStep == nil ? "evaluation" : "training")", pass)
                }
            }
        }
    }

    private func check(_ model: ModelConfiguration, _ name: String, _ pass: Pass) {
        for seed in 0..<20 where compare(model, name, pass, seed: UInt64(seed)) { return }
        XCTFail("\(name): no seed makes a test")
    }

    /// - Returns: Whether the numbers make a test: no unit stands at a kink.
    private func compare(_ model: ModelConfiguration, _ name: String, _ pass: Pass, seed: UInt64) -> Bool {
        var random = RandomNumbers(seed: seed)
        func numbers(_ rows: Int, _ columns: Int) -> Matrix<Double> {
            Matrix((0..<rows * columns).map { _ in random.number() }, rows: rows)
        }
        let width = 4, stack = Stack(model, width: width)
        for i in 0..<stack.parameters.dense.count { stack.parameters.dense[i] = random.number() }
        func states() -> RecurrentState<Double> {
            RecurrentState(
                directions: stack.stack.stateShapes.map {
                    DirectionState(hidden: numbers(3, $0.size), memory: $0.hasMemory ? numbers(3, $0.size) : nil)
                })
        }
        let initial = states(), dFinal = states()
        let x = numbers(packed.rows, width), above = numbers(packed.rows, stack.stack.outputSize)
        let input = SequenceInput(packed: packed, tokens: nil, features: x, examples: AlignedBuffer([5, 2, 9]))
        let loss = {
            stack.stack.pack(stack.parameters)
            stack.stack.forward(input, pass, stack.parameters, initial: initial)
            let every = zip(stack.stack.everyStep(self.packed).doubles, above.doubles).reduce(0) { $0 + $1.0 * $1.1 }
            return zip(stack.stack.finalState(self.packed).parts, dFinal.parts).reduce(every) { sum, pair in
                zip(pair.0.doubles, pair.1.doubles).reduce(sum) { $0 + $1.0 * $1.1 }
            }
        }
        var isSmooth = true
        func numeric(_ storage: AlignedBuffer<Double>, _ indices: some Collection<Int>) -> [Double] {
            indices.map { i in
                let narrow = derivative(storage, i, step: 1e-4, loss), wide = derivative(storage, i, step: 4e-4, loss)
                if abs(narrow - wide) > 1e-7 { isSmooth = false }
                return narrow
            }
        }
        let used = stack.parameters.layout.dense.flatMap { $0.offset..<$0.offset + $0.count }
        let expected = numeric(stack.parameters.dense, used)
        let expectedInput = numeric(x.storage, x.storage.elements.indices)
        let expectedInitial = initial.parts.flatMap { numeric($0.storage, $0.storage.elements.indices) }
        guard isSmooth else { return false }
        _ = loss()
        let gradients = Gradients<Double>(stack.parameters.layout, subtrees: 1)
        let d = above.selecting(Array(0..<above.rows))
        let dInitial = stack.stack.backward(.everyStep(d), dFinal: dFinal, input, pass, into: gradients)
        XCTAssertLessThanOrEqual(
            relativeError(used.map { gradients.dense[0][$0] }, expected), 1e-7, "\(name): parameters")
        XCTAssertLessThanOrEqual(
            relativeError(stack.stack.inputGradient?.doubles ?? [], expectedInput), 1e-7, "\(name): input")
        XCTAssertLessThanOrEqual(
            relativeError(dInitial.parts.flatMap(\.doubles), expectedInitial), 1e-7, "\(name): initial states")
        return true
    }
}
