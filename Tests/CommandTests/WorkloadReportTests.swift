import Configuration
import Kernels
import Training
import XCTest

import rnn_dist

/// What a report says of a measurement.
final class WorkloadReportTests: XCTestCase {
    /// Two seconds on two ranks, half a second of which each waited.
    private func report(
        operations: Double?, parameterBytes: Double, waiting: UInt64 = 1_000_000_000, processorSeconds: Double = 4
    ) -> WorkloadReport {
        var measured = StepMeasurement()
        measured.processorSeconds = processorSeconds
        (measured.steps, measured.seconds, measured.examples, measured.tokens, measured.bytesSent) = (
            4, 2, 64, 1000, 4096
        )
        measured.nanoseconds = StepPhase.allCases.map { _ in 0 }
        measured.nanoseconds[StepPhase.waiting.rawValue] = waiting
        measured.nanoseconds[StepPhase.recurrence.rawValue] = 4_000_000_000 - waiting
        return WorkloadReport(
            name: "model", ranks: 2, threads: 1, configuration: RunConfiguration(), measured: measured,
            operations: operations,
            parameterBytes: parameterBytes, peak: 200e9, bandwidth: 20e9, peakMemory: 3 << 20)
    }

    func testTheLargestFloorBinds() {
        XCTAssertEqual(report(operations: 240e9, parameterBytes: 1e9).limit, "arithmetic")
        XCTAssertEqual(report(operations: 40e9, parameterBytes: 8e9).limit, "memory")
        XCTAssertEqual(report(operations: 40e9, parameterBytes: 1e9).limit, "waiting")
        XCTAssertEqual(report(operations: 40e9, parameterBytes: 1e9, waiting: 0).limit, "overhead")
        XCTAssertEqual(report(operations: nil, parameterBytes: 1e9).limit, "unknown")
    }

    func testTheTextSaysSpeedsSharesAndWhatBinds() {
        XCTAssertEqual([report(operations: 240e9, parameterBytes: 1e9)].text, """
            workload  tokens/s  steps/s  GFLOP/s  of peak   memory  sent a step
            ───────────────────────────────────────────────────────────────────
            model          500    2.000    120.0   60.0 %  3.0 MiB      1.0 KiB

            % of the time  data  input  recurr.  output  output′  recurr.′  input′  weights′  waiting  reduce  optim.  packing  other
            ─────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
            model           0.0    0.0     75.0     0.0      0.0       0.0     0.0       0.0     25.0     0.0     0.0      0.0    0.0

            model: bound by arithmetic; of a step, products at the peak of multiply-adds would take 60 %, parameters at the \
            memory's speed 5 %, waiting 25 %

            """)
    }

    func testABusyMachineIsToldOf() {
        XCTAssertNil(report(operations: nil, parameterBytes: 0, processorSeconds: 3.81).busyWarning)
        XCTAssertEqual(
            report(operations: nil, parameterBytes: 0, processorSeconds: 2).busyWarning,
            "model: others took their turns on the cores, which worked for it only 50.0 % of the time: on an idle machine it is faster"
        )
    }

    func testTheJSONOfAModelWhoseProductsAreNotCountedHasNulls() {
        let text = report(operations: nil, parameterBytes: 0).json.text
        XCTAssertTrue(text.contains("\"gflops\": null, \"fma_peak_gflops\": 200.0, \"peak_fraction\": null"), text)
    }

    func testAnUnknownWorkloadIsToldItsNearestName() {
        XCTAssertThrowsError(try ReferenceWorkload.named("char-lstm521x2")) {
            XCTAssertEqual("\($0)", "--workload: there is no workload 'char-lstm521x2'; did you mean 'char-lstm512x2'?")
        }
    }

    func testEachRankKeepsTheBatchOfAWorkload() throws {
        let configuration = try ReferenceWorkload.named("lm-lstm650x2").configuration(ranks: 3)
        XCTAssertEqual(configuration.training.batchSize, 60)
        XCTAssertEqual(configuration.training.shards, 16)
        XCTAssertEqual(configuration.training.truncation, 35)
        XCTAssertEqual(configuration.model.layers.map(\.size), [650, 650])
    }
}
