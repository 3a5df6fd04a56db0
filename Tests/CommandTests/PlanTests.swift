import Configuration
import Diagnostics
import Foundation
import Kernels
import MessagePassing
import RecurrentNetworks
import TestSupport
import Training
import XCTest

import rnn_dist

/// The model behind `rnn-dist plan`, by numbers that can be followed by hand.
final class PlanTests: XCTestCase {
    private let addition = AdditionSpeed(float32: 0, bfloat16: 0, rounding: 0)

    /// A microsecond and a byte a nanosecond within a host, ten microseconds and a byte in 10 ns between hosts.
    private func links(ranksPerHost: Int) -> Links {
        Links(
            ranksPerHost: ranksPerHost, local: LinkSpeed(latency: 1e-6, bandwidth: 1e9),
            remote: LinkSpeed(latency: 10e-6, bandwidth: 1e8), addition: addition)
    }

    private func schedule(_ ranks: Int, _ vectors: [Int], shards: Int = 16) throws -> ReductionSchedule {
        ReductionSchedule(try ShardTree(shards: shards, ranks: ranks), vectors: vectors)
    }

    func testAPlanCountsTheBytesOfSumsAsTheyAreSent() throws {
        struct Line: Decodable { let reduction_bytes: Int, bytes_sent: Int }
        func lines(_ run: MPIRun) throws -> [Int] {
            XCTAssertEqual(run.status, 0, run.standardError)
            return try run.standardOutput.split(separator: "\n").map {
                try JSONDecoder().decode(Line.self, from: Data($0.utf8)).bytes_sent
            }
        }
        for ranks in [2, 3, 4, 6] {
            let measured = try lines(
                MPIRun(
                    "rnn-dist", ["bench", "--reduction", "--seconds", "0.01", "--json"], ranks: ranks,
                    environment: MPIRun.oneMachine))
            let planned = try lines(
                MPIRun(
                    "rnn-dist", ["plan", "--reduction", "--json", "--ranks", "\(ranks)", "--ranks-per-host", "8"], ranks: nil,
                    environment: MPIRun.oneMachine))
            XCTAssertEqual(planned.count, measured.count)
            for (planned, measured) in zip(planned, measured) {
                // Slices may be a number longer on one rank than on another.
                XCTAssertEqual(Double(planned), Double(measured), accuracy: Double(8 * ranks), "\(ranks) ranks")
            }
        }
    }

    func testNearHalvesTravelThroughMemoryAndFarOnesShareALink() throws {
        // 8 ranks, 4 a host: halves, quarters and eighths of a million bytes, out and back.
        let seconds = links(ranksPerHost: 4).seconds(try schedule(8, [1_000_000]), ranks: 8, addition: 0)
        let near = 2 * ((1e-6 + 500_000e-9) + (1e-6 + 250_000e-9)), far = 2 * (10e-6 + 4 * 125_000e-8)
        XCTAssertEqual(seconds, near + far, accuracy: 1e-9)
        // One a host: all of it over the network, nobody shares.
        let apart = links(ranksPerHost: 1).seconds(try schedule(8, [1_000_000]), ranks: 8, addition: 0)
        XCTAssertEqual(apart, 2 * (30e-6 + 875_000e-8), accuracy: 1e-9)
    }

    func testTwoRanksExchangeStretchesWhoseLatencyIsPaidOnce() throws {
        let long = 16 << 20
        let seconds = links(ranksPerHost: 1).seconds(try schedule(2, [long]), ranks: 2, addition: 1e-9)
        XCTAssertEqual(seconds, 10e-6 + Double(long) * 11e-9, accuracy: 1e-9)
    }

    func testSlicesGoToAllAtTheSameTime() throws {
        // Each of 3 ranks sends a third of its subtrees to both others, then its sum: ranks have 5 or 6 of 16 shards.
        let tree = try ShardTree(shards: 16, ranks: 3)
        let most = (0..<3).map { tree.maximalAlignedSubtrees(of: tree.shards(ofRank: $0)).count }.max() ?? 0
        let seconds = links(ranksPerHost: 1).seconds(try schedule(3, [300_000]), ranks: 3, addition: 0)
        let first = 10e-6 + Double(2 * most) * 100_000e-8, second = 10e-6 + 200_000e-8
        XCTAssertEqual(seconds, first + second + 10e-6 * 0.2 * Double(most - 1 + 2), accuracy: 1e-8)
    }

    func testAGatheringTakesTheFasterOfTwoWays() {
        let links = links(ranksPerHost: 1)
        // Short blocks by doublings: 3 latencies; long ones as fast around the ring.
        XCTAssertEqual(links.gatheringSeconds(bytes: 100, ranks: 8), 30e-6 + 700e-8, accuracy: 1e-9)
        XCTAssertEqual(links.gatheringSeconds(bytes: 0, ranks: 8), 0)
        XCTAssertEqual(links.gatheringSeconds(bytes: 100, ranks: 1), 0)
    }

    func testSpeedsBetweenMeasuredOnesLieOnALine() {
        let speed = LinkSpeed([(0, 1e-6), (1000, 3e-6), (2000, 2e-6)])
        XCTAssertEqual(speed.seconds(500), 2e-6, accuracy: 1e-12)
        XCTAssertEqual(speed.seconds(2000), 3e-6, accuracy: 1e-12, "no longer message is faster than a shorter one")
        XCTAssertEqual(speed.seconds(4000), 6e-6, accuracy: 1e-12)
        XCTAssertEqual(speed.latency, 1e-6)
    }

    func testANetworkIsNamedByBitsAndLatency() {
        for (text, bits, latency) in [
            ("10Gbit,50us", 10e9, 50e-6), ("100mbit,1ms", 1e8, 1e-3), ("2.5Gbit,800ns", 2.5e9, 8e-7), ("1gbit,20µs", 1e9, 2e-5),
        ] {
            guard case .given(let b, let l) = NetworkSpeed(argument: text) else {
                XCTFail(text)
                continue
            }
            XCTAssertEqual(b, bits, accuracy: 1e-6 * bits, text)
            XCTAssertEqual(l, latency, accuracy: 1e-9 * latency + 1e-15, text)
        }
        XCTAssertEqual(NetworkSpeed(argument: "measured"), .measured)
        for text in ["10Gbit", "10,50us", "10Gbit,50", "-1Gbit,1us", "1Gbit,1us,2", "nanGbit,1us", "0Gbit,1us", ""] {
            XCTAssertNil(NetworkSpeed(argument: text), text)
        }
    }

    /// A step of 10 ms of products on the whole, half a millisecond of updates; a million dense parameters.
    private func model(ranks: Int, shards: Int = 16, imbalance: Double = 1) throws -> StepModel {
        var layout = ParameterLayout()
        _ = layout.add("layers/0/input_weight", shape: [1000, 1000], .constant(0))
        var measured = ShareMeasurement(tables: 0)
        (measured.steps, measured.tokens) = (2, 2 * 1000 / Double(ranks))
        measured.seconds[StepPhase.recurrence.rawValue] = 2 * 0.01 / Double(ranks)
        measured.seconds[StepPhase.optimizer.rawValue] = 2 * 0.0005
        return StepModel(
            ranks: ranks, shards: shards, wire: .float32, layout: layout, tokens: 1000, measured: measured,
            imbalance: imbalance, totals: (2, 2), sharesValues: false, overlaps: false)
    }

    func testAStepIsItsProductsUpdatesWaitingAndMessages() throws {
        let alone = try model(ranks: 1).prediction(links(ranksPerHost: 1))
        XCTAssertEqual(alone.seconds, 0.0105, accuracy: 1e-9)
        XCTAssertEqual(alone.limit, "products")
        XCTAssertEqual(alone.communication, 0)
        let four = try model(ranks: 4, imbalance: 1.2), step = four.prediction(links(ranksPerHost: 1))
        XCTAssertEqual(step.products, 0.0025, accuracy: 1e-9)
        XCTAssertEqual(step.imbalance, 0.0005, accuracy: 1e-9)
        XCTAssertEqual(step.updates, 0.0005, accuracy: 1e-9)
        // Four latencies and 1.5 times four million bytes; two short gatherings are on top.
        XCTAssertEqual(step.communication, 40e-6 + 6_000_000e-8, accuracy: 50e-6)
        XCTAssertEqual(step.limit, "communication")
        XCTAssertEqual(Double(four.bytesSent), 6_000_000, accuracy: 200)
    }

    func testWhatRealStepsTookBeyondTheModelIsCommunication() throws {
        var model = try model(ranks: 4)
        let before = model.prediction(links(ranksPerHost: 1))
        model.beyond = 0.001
        var step = model.prediction(links(ranksPerHost: 1))
        XCTAssertEqual(step.seconds, before.seconds + 0.001, accuracy: 1e-12)
        XCTAssertEqual(step.communication, before.communication + 0.001, accuracy: 1e-12)
        XCTAssertEqual(step.beyondModel, 0.001)
        // Messages take no less than nothing.
        model.beyond = -1
        step = model.prediction(links(ranksPerHost: 1))
        XCTAssertEqual(step.communication, 0)
        XCTAssertEqual(step.beyondModel, -before.communication)
        // One rank has nobody to wait for.
        var alone = try self.model(ranks: 1)
        alone.beyond = 0.001
        XCTAssertEqual(alone.prediction(links(ranksPerHost: 1)).communication, 0)
    }

    func testTheSlowerRankOfTheSameMinibatchIsWaitedFor() throws {
        var shares = [ShareMeasurement(tables: 0), ShareMeasurement(tables: 0)]
        for rank in 0..<2 { (shares[rank].steps, shares[rank].tokens) = (2, 10) }
        // The first minibatches were made to warm up, by one rank more of them.
        shares[0].stepSeconds = [.nan, .nan, 5, 3, 4]
        shares[1].stepSeconds = [.nan, 9, 1, 7]
        let mean = ShareMeasurement(meanOf: shares)
        XCTAssertEqual(mean.wait, 2)
        var model = try model(ranks: 2)
        model.measured.wait = 0.004
        XCTAssertEqual(model.prediction(links(ranksPerHost: 2)).imbalance, 0.004)
    }

    func testAdviceIsGivenWhereTheModelSaysThatItHelps() throws {
        XCTAssertEqual(
            PlanAdvice.lines(try model(ranks: 4), links(ranksPerHost: 1), batchSize: 64, shards: 16),
            [
                "training.wire=bfloat16 would make it 1.9 times as fast",
                "training.batch_size=128 would make it 1.9 times as fast in tokens a second, in half as many steps",
            ])
        // Through memory messages take little.
        XCTAssertEqual(PlanAdvice.lines(try model(ranks: 1), links(ranksPerHost: 4), batchSize: 64, shards: 16), [])
        var quick = links(ranksPerHost: 4)
        quick.local = LinkSpeed(latency: 1e-6, bandwidth: 1e12)
        XCTAssertEqual(PlanAdvice.lines(try model(ranks: 2), quick, batchSize: 64, shards: 16), [])
        XCTAssertEqual(
            PlanAdvice.lines(try model(ranks: 3, shards: 4, imbalance: 1.5), quick, batchSize: 2, shards: 2),
            [
                "needs training.shards=4, which changes what is trained",
                "1 of them have nothing to do with training.batch_size=2",
                "training.shards=16 would make it 1.3 times as fast, its ranks having about equally many",
            ])
    }

    func testTheTextOfAPlan() {
        var plan = RunPlan(
            name: "c.yaml", configurationDigest: "", batchSize: 64, parameters: 1_000_000, checkpointBytes: 3 << 20,
            threads: 1, tokensPerEpoch: 100_000, stepsPerEpoch: 100, operations: 6e9, parameterBytes: Double(2 << 20),
            network: .given(bits: 1e10, latency: 5e-5), ranksPerHost: 2, measuringRanks: 1, isLocalMeasured: false)
        var step = StepPrediction()
        (step.products, step.updates) = (0.01, 0.0005)
        plan.runs.append(
            .init(
                ranks: 1, hosts: 1, shards: 16, memory: 100 << 20, bytesSent: 0, step: step, tokensPerSecond: 95_238.1,
                efficiency: 1, epochSeconds: 1.05, advice: []))
        (step.products, step.communication) = (0.0025, 0.006)
        plan.runs.append(
            .init(
                ranks: 4, hosts: 2, shards: 16, memory: 90 << 20, bytesSent: 6_000_000, step: step,
                tokensPerSecond: 111_111.1, efficiency: 0.29, epochSeconds: 0.9, advice: ["do this"]))
        plan.runs[1].processorShare = 0.5
        XCTAssertEqual(plan.text, """
            c.yaml: 1,000,000 parameters, a checkpoint of 3.0 MiB; 100 steps of 1,000 tokens an epoch, each 6.00G operations, \
            parameters to and from memory 2.0 MiB
            measured on one rank, one thread each; 2 a host, network: 10.0Gbit/s and 50 µs; what ranks of one host take from \
            each other is assumed: measure it with mpirun -n 2

            ranks  hosts  memory a rank  sent a step      step  tokens/s  efficiency   epoch  limited by
            ────────────────────────────────────────────────────────────────────────────────────────────────────────
                1      1      100.0 MiB          0 B  10.50 ms    95,238     100.0 %   1.1 s  products (95.2 %)
                4      2       90.0 MiB      5.7 MiB  9.000 ms   111,111      29.0 %  900 ms  communication (66.7 %)

            4 ranks: do this

            others took their turns on the cores, which worked for the measurement only 50.0 % of the time: on an idle machine \
            all is faster

            """)
    }

    func testStepsAreMadeAgainFromAsFarBackAsAllowed() throws {
        let generations = [40, 30, 20, 5].map { (step: $0, path: "\($0)") }
        func stretch(_ steps: Int, reaching: String? = nil) throws -> [String] {
            let found = try ReplayedStretch(of: "run", generations, reaching: reaching, steps: steps)
            return [found.base ?? "beginning", found.target, "\(found.steps)"]
        }
        XCTAssertEqual(try stretch(10), ["30", "40", "10"])
        XCTAssertEqual(try stretch(25), ["20", "40", "20"])
        XCTAssertEqual(try stretch(40), ["beginning", "40", "40"])
        XCTAssertEqual(try stretch(5), ["beginning", "5", "5"])
        XCTAssertEqual(try stretch(15, reaching: "20"), ["5", "20", "15"])
        XCTAssertThrowsError(try stretch(4)) {
            XCTAssertTrue("\($0)".hasPrefix("run: the nearest of its checkpoints are 5 steps apart, expected at most --steps 4; "))
        }
        let begun = try ReplayedStretch(of: "run", generations, origin: "other.h5", steps: 40)
        XCTAssertEqual([begun.base, begun.target], ["5", "40"])
        XCTAssertThrowsError(try ReplayedStretch(of: "run", [generations[3]], origin: "other.h5", steps: 40)) {
            XCTAssertEqual(
                "\($0)",
                "run: it began from other.h5, and no earlier checkpoint of its own is kept, expected two checkpoints of the "
                    + "run; set checkpoint.every_steps, or checkpoint.keep to 2 or more")
        }
        XCTAssertThrowsError(try ReplayedStretch(of: "run", [(step: 0, path: "0")], steps: 9)) {
            XCTAssertEqual(
                "\($0)",
                "run: there is no checkpoint of a step that could be made again, expected a checkpoint after the first "
                    + "step of training")
        }
    }

    func testADiskWithoutRoomIsBroken() {
        let finding = DiskRoom.finding("/tmp/no/such/folder", checkpoint: 1 << 56, count: 5)
        XCTAssertEqual(finding.verdict, .broken)
        XCTAssertTrue(finding.fact.hasSuffix(" free in /tmp"), finding.fact)
        XCTAssertEqual(finding.advice, "choose another --output, or lower checkpoint.keep")
        XCTAssertEqual(DiskRoom.finding("/tmp", checkpoint: 1, count: 5).verdict, .good)
    }
}
