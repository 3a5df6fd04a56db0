import Configuration
import Kernels
import RecurrentNetworks
import XCTest

final class InitialValuesTests: XCTestCase {
    private func network(
        _ cell: CellCase, _ initializer: ModelConfiguration.Initializer,
        input: ModelConfiguration.Input = .embedding(size: 30),
        forgetBias: Double? = nil, dense: Bool = false, seed: UInt64 = 1
    ) -> TestNetwork<Float> {
        var model = cell.model(input, sizes: [40, 24], bidirectional: true)
        model.initializer = initializer
        model.layers[0].forgetBias = forgetBias
        if dense { model.dense = [ModelConfiguration.Dense()] }
        let network = TestNetwork<Float>(model, inputSize: 500, classWeights: [1, 1, 1])
        network.parameters.initialize(seed: seed)
        return network
    }

    private func values(_ network: TestNetwork<Float>, _ name: String) throws -> [Double] {
        let place = try XCTUnwrap(network.places.first { $0.name == name }, name)
        return place.values.map { Double($0) }
    }

    /// Uniform in ±limit: nothing outside, nearly all of it used, a third of limit² in the mean square.
    private func checkUniform(_ values: [Double], _ limit: Double, _ name: String, line: UInt = #line) {
        let largest = values.map(abs).max() ?? 0, square = values.reduce(0) { $0 + $1 * $1 } / Double(values.count)
        XCTAssertLessThanOrEqual(largest, limit * (1 + 1e-6), name, line: line)
        XCTAssertGreaterThan(largest, limit * (1 - 8 / Double(values.count)), name, line: line)
        XCTAssertEqual(
            square / (limit * limit) * 3, 1, accuracy: 4 / Double(values.count).squareRoot(), name, line: line)
    }

    func testPyTorchInitialisesEverythingByTheHiddenSize() throws {
        for cell in CellCase.all {
            let network = network(cell, .pytorch), limit = 1 / 40.0.squareRoot()
            for direction in ["forward", "backward"] {
                for weight in ["input_weight", "recurrent_weight"] {
                    checkUniform(
                        try values(network, "layers/0/\(direction)/\(weight)"), limit, "\(cell.name) \(weight)")
                }
            }
            checkUniform(try values(network, "layers/1/forward/input_weight"), 1 / 24.0.squareRoot(), cell.name)
            checkUniform(try values(network, "output/weight"), 1 / 48.0.squareRoot(), cell.name)
        }
    }

    func testPyTorchBiasesAreSumsOfTwoButTheCandidatesOfAResetAfterGRU() throws {
        for cell in CellCase.all {
            let bias = try values(network(cell, .pytorch), "layers/0/forward/bias"), limit = 1 / 40.0.squareRoot()
            let isApart = cell.layer.cell == .gru && cell.layer.reset == .after
            let sums = isApart ? Array(bias[..<80]) : bias
            XCTAssertTrue(sums.allSatisfy { abs($0) <= 2 * limit })
            // Two uniform numbers: twice the mean square of one.
            let square = sums.reduce(0) { $0 + $1 * $1 } / Double(sums.count)
            XCTAssertEqual(square / (limit * limit) * 3, 2, accuracy: 8 / Double(sums.count).squareRoot(), cell.name)
            if isApart {
                checkUniform(Array(bias[80...]), limit, cell.name)
                checkUniform(try values(network(cell, .pytorch), "layers/0/forward/recurrent_bias"), limit, cell.name)
            }
        }
    }

    func testEmbeddingsFollowTheirLibrary() throws {
        let normal = try values(network(CellCase(.lstm), .pytorch), "embedding/weight")
        XCTAssertEqual(normal.reduce(0) { $0 + $1 * $1 } / Double(normal.count), 1, accuracy: 0.05)
        XCTAssertGreaterThan(normal.max() ?? 0, 3)
        checkUniform(try values(network(CellCase(.lstm), .keras), "embedding/weight"), 0.05, "Keras embedding")
    }

    func testKerasInputWeightsAreGlorotUniform() throws {
        for (cell, gates) in [(CellCase(.elman), 1.0), (CellCase(.gru), 3), (CellCase(.lstm), 4)] {
            let embedded = network(cell, .keras), oneHot = network(cell, .keras, input: .oneHot)
            checkUniform(
                try values(embedded, "layers/0/forward/input_weight"), (6 / (30 + 40 * gates)).squareRoot(), cell.name)
            checkUniform(
                try values(embedded, "layers/1/forward/input_weight"), (6 / (80 + 24 * gates)).squareRoot(), cell.name)
            checkUniform(
                try values(oneHot, "layers/0/forward/input_weight"), (6 / (500 + 40 * gates)).squareRoot(), cell.name)
            checkUniform(try values(embedded, "output/weight"), (6 / (48.0 + 3)).squareRoot(), cell.name)
        }
    }

    func testKerasRecurrentWeightsAreOrthogonal() throws {
        for (cell, gates) in [(CellCase(.elman), 1), (CellCase(.gru), 3), (CellCase(.lstm), 4)] {
            let weight = try values(network(cell, .keras), "layers/0/backward/recurrent_weight"), width = 40 * gates
            for a in 0..<40 {
                for b in 0...a {
                    let dot = (0..<width).reduce(0) { $0 + weight[a * width + $1] * weight[b * width + $1] }
                    XCTAssertEqual(dot, a == b ? 1 : 0, accuracy: 1e-6)
                }
            }
        }
        // More rows than columns: the columns are orthonormal.
        let stream = RandomStream(seed: 1, purpose: .initialization)
        let tall = orthogonalMatrix(rows: 7, columns: 3) { stream.normal(UInt64($0)) }
        for a in 0..<3 {
            for b in 0...a {
                let dot = (0..<7).reduce(0.0) { $0 + tall[$1 * 3 + a] * tall[$1 * 3 + b] }
                XCTAssertEqual(dot, a == b ? 1 : 0, accuracy: 1e-14)
            }
        }
    }

    func testKerasBiasesAreZeroButTheForgetGates() throws {
        for cell in CellCase.all {
            let network = network(cell, .keras), bias = try values(network, "layers/1/backward/bias")
            for (i, value) in bias.enumerated() {
                XCTAssertEqual(value, cell.layer.cell == .lstm && i / 24 == 1 ? 1 : 0, "\(cell.name) \(i)")
            }
            XCTAssertTrue(try values(network, "output/bias").allSatisfy { $0 == 0 })
        }
    }

    func testAForgetBiasThatIsGivenHoldsInItsGateAlone() throws {
        for initializer in ModelConfiguration.Initializer.allCases {
            let given = network(CellCase(.lstm), initializer, forgetBias: 2.5),
                usual = network(CellCase(.lstm), initializer)
            let bias = try values(given, "layers/0/forward/bias"), others = try values(usual, "layers/0/forward/bias")
            for i in bias.indices { XCTAssertEqual(bias[i], i / 40 == 1 ? 2.5 : others[i]) }
        }
    }

    func testAParametersValuesDependOnSeedAndNameAlone() throws {
        for initializer in ModelConfiguration.Initializer.allCases {
            let small = network(CellCase(.gru), initializer), large = network(CellCase(.gru), initializer, dense: true)
            let other = network(CellCase(.gru), initializer, seed: 2)
            for name in ["embedding/weight", "layers/1/backward/recurrent_weight", "layers/0/forward/input_weight"] {
                XCTAssertEqual(try values(small, name), try values(large, name), name)
                XCTAssertNotEqual(try values(small, name), try values(other, name), name)
            }
            XCTAssertNotEqual(
                try values(small, "layers/0/forward/input_weight"), try values(small, "layers/0/backward/input_weight"))
        }
    }

    func testWhatLiesBetweenParametersStaysZero() {
        let network = network(CellCase(.lstm), .pytorch)
        var used = Set<Int>()
        for slice in network.parameters.layout.dense {
            XCTAssertEqual(slice.offset % 16, 0)
            used.formUnion(slice.offset..<slice.offset + slice.count)
        }
        for (i, value) in network.parameters.dense.elements.enumerated() where !used.contains(i) {
            XCTAssertEqual(value, 0)
        }
        XCTAssertEqual(network.parameters.layout.trainedCount, used.count + 500 * 30)
    }
}
