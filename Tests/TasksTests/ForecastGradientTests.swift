import Configuration
import Kernels
import RecurrentNetworks
import Tasks
import TestSupport
import XCTest

/// Gradients of whole forecasting networks against differences of the loss, in Double, for every parameter.
final class ForecastGradientTests: XCTestCase {
    private static let inputs = 2, outputs = 3, horizon = 3, lengths = [5, 3, 4, 3, 2], shards = [0, 1, 1, 3, 5]

    override func setUp() { Processor.setFloatingPointEnvironment() }

    func testTheWholeHorizonFromTheReadout() {
        for cell in ModelConfiguration.CellKind.allCases {
            check(model(cell, bidirectional: true), .last, "\(cell)")
        }
    }

    func testAForecastAtEveryStep() {
        for cell in ModelConfiguration.CellKind.allCases {
            check(model(cell, bidirectional: false), .everyStep, "\(cell)")
        }
    }

    func testADecoderThatUnrollsTheHorizon() {
        for cell in ModelConfiguration.CellKind.allCases {
            check(model(cell, bidirectional: cell != .gru), .decoder, "\(cell)")
        }
    }

    func testDropoutIsPartOfTheFunctionThatIsDerived() {
        for output in ForecastConfiguration.Output.allCases {
            var model = model(.lstm, bidirectional: false)
            model.dropout = 0.3
            check(model, output, "dropout, \(output)", pass: Pass(trainingStep: 2, seed: 1, truncation: nil))
        }
    }

    func testEveryRegularizerIsPartOfTheFunctionThatIsDerived() {
        for output in ForecastConfiguration.Output.allCases {
            var model = model(.lstm, bidirectional: output == .decoder)
            (model.dropout, model.dropoutKind, model.inputDropout, model.weightDrop) = (0.2, .variational, 0.1, 0.3)
            (model.layers[0].zoneout, model.layers[1].zoneout) = (0.2, 0.1)
            check(
                model, output, "regularised, \(output)", penalties: output == .last ? (0, 0) : (2, 1),
                pass: Pass(trainingStep: 2, seed: 1, truncation: nil))
        }
    }

    private func model(_ cell: ModelConfiguration.CellKind, bidirectional: Bool) -> ModelConfiguration {
        var model = ModelConfiguration()
        model.input = .features
        model.readout = bidirectional ? .mean : .last
        model.layers = [4, 3].map { size in
            var layer = ModelConfiguration.Layer()
            layer.cell = cell
            layer.size = size
            layer.bidirectional = bidirectional
            return layer
        }
        var dense = ModelConfiguration.Dense()
        dense.size = 4
        dense.activation = .tanh
        model.dense = [dense]
        return model
    }

    private func check(
        _ model: ModelConfiguration, _ output: ForecastConfiguration.Output, _ name: String,
        penalties: (activations: Double, changes: Double) = (0, 0), pass: Pass = .evaluation, line: UInt = #line
    ) {
        let subtrees: ShardSubtrees = [0..<4, 4..<6]
        let team = ThreadTeam(count: 1), stream = RandomStream(seed: 8, purpose: .sampling)
        let network = ForecastNetwork<Double>(
            model, output, inputSize: Self.inputs, outputSize: Self.outputs, penalties: penalties, team: team)
        let parameters = Parameters<Double>(network.layout)
        parameters.initialize(seed: 3)
        let packed = PackedSequences(lengths: Self.lengths, shards: Self.shards, subtreeShards: subtrees)
        let features = Matrix<Double>(rows: packed.rows, columns: Self.inputs)
        for row in 0..<packed.rows {
            for column in 0..<Self.inputs { features[row, column] = stream.normal(UInt64(row * 2 + column)) }
        }
        let input = ForecastInput(
            SequenceInput(
                packed: packed, tokens: nil, features: features, examples: AlignedBuffer(packed.order.map { Int32($0) })
            ),
            output,
            unrolled: output == .decoder
                ? PackedSequences(
                    lengths: packed.order.map { _ in Self.horizon }, shards: packed.order.map { Self.shards[$0] },
                    subtreeShards: subtrees) : nil)
        func loss(into gradients: Gradients<Double>) -> Double {
            network.pack(parameters)
            let y = network.forward(input, pass, parameters)
            let targets = Matrix<Double>(rows: y.rows, columns: y.columns)
            for row in 0..<y.rows {
                for column in 0..<y.columns { targets[row, column] = stream.normal(UInt64(1000 + row * 3 + column)) }
            }
            var losses = [Double](repeating: 0, count: y.rows)
            regressionLoss(y, targets: targets, .squared, losses: &losses)
            network.backward(y, input, pass, into: gradients)
            return losses.reduce(0, +) + network.penalties.total
        }
        let unused = Gradients<Double>(network.layout, subtrees: subtrees.ranges.count)
        let gradients = Gradients<Double>(network.layout, subtrees: subtrees.ranges.count)
        assertStagesAreComplete(gradients, of: network.layout, name) { _ = loss(into: gradients) }
        for slice in network.layout.dense {
            var largest = 0.0
            for i in slice.offset..<slice.offset + slice.shape.reduce(1, *) {
                let kept = parameters.dense[i]
                func moved(_ change: Double) -> Double {
                    parameters.dense[i] = kept + change
                    return loss(into: unused)
                }
                let h = 1e-4
                let near = moved(h) - moved(-h), far = moved(2 * h) - moved(-2 * h)
                let numeric = (8 * near - far) / (12 * h)
                parameters.dense[i] = kept
                let analytic = gradients.dense[0][i] + gradients.dense[1][i]
                XCTAssertEqual(
                    analytic, numeric, accuracy: 1e-8 * max(1, abs(numeric)), "\(name): \(slice.name)", line: line)
                largest = max(largest, abs(analytic))
            }
            XCTAssertGreaterThan(largest, 1e-4, "\(name): \(slice.name) has no gradient", line: line)
        }
    }
}
