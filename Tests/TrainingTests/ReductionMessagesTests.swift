import Configuration
import Kernels
import RecurrentNetworks
import Tasks
import Training
import XCTest

/// What of the gradients leaves before the backward pass is over.
final class ReductionMessagesTests: XCTestCase {
    private func layout(tied: Bool) throws -> ParameterLayout {
        var model = ModelConfiguration()
        model.input = .embedding(size: 12)
        model.layers = [20, 16, 12].map { size in
            var layer = ModelConfiguration.Layer()
            layer.size = size
            return layer
        }
        model.output.tied = tied
        return try LanguageModelNetwork<Float>(model, tokens: 50, team: ThreadTeam(count: 1)).layout
    }

    func testEveryNumberTravelsOnce() throws {
        for tied in [false, true] {
            let layout = try layout(tied: tied)
            for shortest in [1, 700, 2000, 1 << 18] {
                let messages = ReductionMessages(layout, shortest: shortest)
                var places = (messages.early.flatMap(\.ranges) + messages.rest).flatMap { Array($0) }
                places.sort()
                XCTAssertEqual(places, Array(0..<layout.gradientCount), "\(tied), \(shortest)")
            }
        }
    }

    func testTheOutputLayerLeavesFirstAndTheFirstLayerAtTheEnd() throws {
        let layout = try layout(tied: true), messages = ReductionMessages(layout, shortest: 1)
        XCTAssertEqual(messages.early.map(\.stages), [[3], [2], [1]])
        let bias = try XCTUnwrap(layout.dense.first { $0.name == "output/bias" })
        XCTAssertTrue(messages.early[0].ranges.contains { $0.contains(bias.offset) })
        let tied = try XCTUnwrap(layout.tiedRanges[0])
        XCTAssertTrue(messages.early[0].ranges.contains(tied))
        let recurrent = try XCTUnwrap(layout.dense.first { $0.name == "layers/0/forward/recurrent_weight" })
        XCTAssertTrue(messages.rest.contains { $0.contains(recurrent.offset) })
    }

    func testShortStagesTravelTogetherAndShortModelsAtTheEnd() throws {
        let layout = try layout(tied: false)
        // Output 650 numbers, layers of 1,392 and 2,368.
        XCTAssertEqual(ReductionMessages(layout, shortest: 700).early.map(\.stages), [[3, 2], [1]])
        XCTAssertTrue(ReductionMessages(layout).early.isEmpty)
        XCTAssertEqual(ReductionMessages(layout).rest, [0..<layout.gradientCount])
    }
}
