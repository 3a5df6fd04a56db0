import Configuration
import Kernels
import RecurrentNetworks
import Tasks
import XCTest

import rnn_dist

/// Operations and bytes of known models, counted by hand.
final class StepCostTests: XCTestCase {
    private func layout(_ name: String) throws -> (RunConfiguration, ParameterLayout) {
        let workload = try ReferenceWorkload.named(name)
        let configuration = workload.configuration(ranks: 1)
        return (configuration, try workload.task(configuration, team: ThreadTeam(count: 1)).parameters.layout)
    }

    func testOperationsOfALanguageModel() throws {
        let (configuration, layout) = try layout("char-lstm128x2")
        // Two layers of input and recurrent weights [128, 512], an output layer [128, 65]; 2 forward, 4 backward.
        let perToken = 6 * (4 * 128 * 512 + 128 * 65)
        XCTAssertEqual(
            StepCost.operations(configuration, layout, examples: 50, tokens: 2500), Double(perToken * 2500))
    }

    func testAClassifierReadsOutOncePerExample() throws {
        let (configuration, layout) = try layout("ag-bilstm64x2")
        // Each layer reads 128 numbers in both directions.
        let perToken = 6 * 4 * (128 * 256 + 64 * 256), perExample = 6 * 128 * 4
        XCTAssertEqual(
            StepCost.operations(configuration, layout, examples: 16, tokens: 600),
            Double(perToken * 600 + perExample * 16))
    }

    func testWhatNumbersSaveAndWhatIsNotCounted() {
        var layout = ParameterLayout()
        _ = layout.add("layers/0/forward/input_weight", shape: [3, 8], .constant(0))
        _ = layout.add("layers/0/forward/recurrent_weight", shape: [2, 8], .constant(0))
        _ = layout.add("layers/0/forward/bias", shape: [8], .constant(0))
        _ = layout.add("output/weight", shape: [2, 5], .constant(0))
        var configuration = RunConfiguration()
        configuration.model.input = .features
        XCTAssertEqual(
            StepCost.operations(configuration, layout, examples: 2, tokens: 10),
            Double(10 * (4 * 24 + 6 * 16) + 2 * 6 * 10))
        configuration.training.truncation = 4
        XCTAssertNil(StepCost.operations(configuration, layout, examples: 2, tokens: 10))
        configuration.task = "translate"
        XCTAssertNil(StepCost.operations(configuration, layout, examples: 2, tokens: 10))
    }

    func testAdamMovesMoreThanSGD() throws {
        var layout = ParameterLayout()
        _ = layout.add("output/weight", shape: [2, 5], .constant(0))
        _ = layout.add("output/bias", shape: [5], .constant(0))
        var configuration = RunConfiguration()
        configuration.training.optimizer.name = .sgd
        // Five passes over 15 numbers, one for a transpose over 10, in two steps.
        XCTAssertEqual(
            StepCost.parameterBytes(configuration, layout, examples: 1, tokens: 1, steps: 2),
            Double(2 * 4 * (5 * 15 + 10)))
        configuration.training.optimizer.name = .adam
        XCTAssertEqual(
            StepCost.parameterBytes(configuration, layout, examples: 1, tokens: 1, steps: 2),
            Double(2 * 4 * (9 * 15 + 10)))
    }
}
