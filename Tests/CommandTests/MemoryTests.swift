import Configuration
import Diagnostics
import Kernels
import RecurrentNetworks
import Tasks
import XCTest

import rnn_dist

/// What training is expected to take, counted by hand, and what becomes of a run that cannot fit.
final class MemoryTests: XCTestCase {
    private func estimate(
        _ name: String, rows: Int, parts: Int = 1, ranks: Int = 1, evaluated: Int = 0, writes: Bool = false
    ) throws -> MemoryEstimate {
        let workload = try ReferenceWorkload.named(name)
        let configuration = workload.configuration(ranks: ranks)
        let task = try workload.task(configuration, size: .init(examples: 2), team: ThreadTeam(count: 1))
        return MemoryEstimate(
            configuration, task.parameters.layout, rows: rows, evaluatedRows: evaluated, batchesVary: false,
            gradientParts: parts, ranks: ranks, resident: 1000, writesCheckpoints: writes)
    }

    func testALanguageModelsMemory() throws {
        let estimate = try estimate("char-lstm128x2", rows: 2500)
        // Input and recurrent weights [128, 512] and biases of two layers, the output layer; a table [65, 128].
        let dense = 4 * 128 * 512 + 2 * 512 + 128 * 65 + 65, table = 65 * 128
        XCTAssertEqual(Double(estimate.optimizer), Double(4 * (dense + 2 * 65)), accuracy: 256)
        XCTAssertEqual(estimate.initialization, 4 * 2 * 128 * 512)
        // Of each layer gates, h and c; logits, and the gradient of what they read, which each layer replaces by its
        // input's.
        let perRow = 2 * (512 + 2 * 128) + 65 + 128 + 24
        XCTAssertEqual(estimate.activations, 4 * (2500 * perRow + 2 * table))
        XCTAssertEqual(estimate.checkpoint, 0)
        XCTAssertEqual(estimate.total, 1000 + estimate.optimizer + estimate.activations)
        XCTAssertEqual(estimate.toCome, estimate.total - 1000)
    }

    func testMoreSubtreesRanksAndCheckpointsTakeMore() throws {
        let one = try estimate("ag-bilstm64x2", rows: 700)
        let three = try estimate("ag-bilstm64x2", rows: 700, parts: 3)
        let gradient = 4 * (2 * 2 * (128 * 256 + 64 * 256 + 256) + 128 * 4 + 16)
        XCTAssertEqual(Double(three.optimizer - one.optimizer), Double(2 * gradient), accuracy: 256)
        XCTAssertEqual(
            Double(try estimate("ag-bilstm64x2", rows: 700, ranks: 2).optimizer - one.optimizer), Double(gradient / 2),
            accuracy: 256)
        XCTAssertGreaterThan(try estimate("ag-bilstm64x2", rows: 700, evaluated: 9000).activations, 5 * one.activations)
        // Values and two moments of everything, twice.
        let checkpoint = try estimate("ag-bilstm64x2", rows: 700, writes: true).checkpoint
        XCTAssertGreaterThan(checkpoint, 2 * 4 * 3 * 20_000 * 128)
    }

    private func check(
        available: Int = .max, limit: Int? = nil, addresses: Int? = nil, initialization: Int = 20
    ) -> (check: MemoryCheck, own: MemoryEstimate) {
        let mebi = 1 << 20
        let own = MemoryEstimate(
            resident: 100 * mebi, optimizer: 50 * mebi, initialization: initialization * mebi, activations: 220 * mebi,
            checkpoint: 30 * mebi)
        return (
            MemoryCheck(
                host: "node7", estimates: [own, own],
                memory: HostMemory(available: available, limit: limit, addresses: addresses)), own
        )
    }

    private func assertRefused(
        _ checked: (check: MemoryCheck, own: MemoryEstimate), _ needs: String, _ has: String,
        rest: String = "220.0 MiB for the largest minibatch, 30.0 MiB for a checkpoint on its way", line: UInt = #line
    ) {
        XCTAssertThrowsError(try checked.check.requireRoom(for: checked.own), line: line) {
            XCTAssertEqual(
                "\($0)",
                "memory of node7: training on 2 ranks there would take about \(needs) (a rank: 100.0 MiB for data and "
                    + "weights, 50.0 MiB for gradients and moments, \(rest)), expected \(has); lower "
                    + "training.batch_size, training.truncation or the sizes in model.layers, start fewer ranks on a "
                    + "host, or try it all the same with --no-memory-check", line: line)
            XCTAssertEqual(($0 as? Diagnostic)?.category, .run)
        }
    }

    func testWhatCannotFitIsRefused() {
        assertRefused(
            check(available: 599 << 20), "600.0 MiB more", "at most 599.0 MiB, which are available there")
        assertRefused(
            check(limit: 799 << 20), "800.0 MiB", "at most 799.0 MiB, the limit of the container or job")
        assertRefused(check(addresses: 299 << 20), "300.0 MiB more each", "at most 299.0 MiB, which ulimit -v leaves")
        assertRefused(
            check(limit: 800 << 20, initialization: 300), "900.0 MiB", "at most 800.0 MiB, the limit of the container or "
                + "job", rest: "300.0 MiB for drawing first values")
    }

    func testAModelFindsRoomInARanksPartOfWhatTheHostHas() {
        let memory = HostMemory(available: 900 << 20, limit: nil, addresses: nil)
        let room = memory.room(host: "node7", ranks: 3, bytes: 4)
        XCTAssertEqual(room.numbers, 75 << 20)
        XCTAssertEqual(room.place, "the memory of node7, 300.0 MiB a rank,")
        XCTAssertEqual(
            room.hint,
            "choose a smaller model (model.layers, data.vocabulary), start fewer ranks on a host")
        let limited = HostMemory(available: 900 << 20, limit: 30 << 20, addresses: nil)
        XCTAssertEqual(limited.room(host: "node7", ranks: 3, bytes: 4).numbers, 10 << 18)
        let bounded = HostMemory(available: 900 << 20, limit: nil, addresses: 8 << 20)
        XCTAssertEqual(bounded.room(host: "node7", ranks: 3, bytes: 8).numbers, 1 << 20)
        let nothing = HostMemory(available: 900 << 20, limit: nil, addresses: -1)
        XCTAssertEqual(nothing.room(host: "node7", ranks: 1, bytes: 4).numbers, 0)
        // Values and two moments of each.
        XCTAssertEqual(RunConfiguration().training(in: memory, host: "node7", ranks: 3).room.numbers, 25 << 20)
    }

    func testWhatJustFitsIsNot() {
        for fitting in [check(available: 600 << 20), check(limit: 800 << 20), check(addresses: 300 << 20)] {
            XCTAssertNoThrow(try fitting.check.requireRoom(for: fitting.own))
        }
    }
}
