import SequenceData
import XCTest

/// Which examples a step's shards hold.
final class EpochPlanTests: XCTestCase {
    /// Lengths like those of texts: many short, few long; the same in every run.
    private func lengths(_ count: Int) -> [Int32] {
        var state: UInt64 = 9
        return (0..<count).map { _ in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            let share = Double(state >> 33) / Double(1 << 31)
            return Int32(1 + 60 * share * share * share)
        }
    }

    private func plan(
        _ lengths: [Int32], batchSize: Int, shards: Int = 16, seed: UInt64 = 0, epoch: Int = 0, bucketBatches: Int = 10
    ) -> EpochPlan {
        EpochPlan(
            lengths: lengths, batchSize: batchSize, shards: shards, seed: seed, epoch: epoch,
            bucketBatches: bucketBatches)
    }

    /// `[step][shard][example]`.
    private func contents(_ plan: EpochPlan) -> [[[Int32]]] {
        (0..<plan.stepCount).map { step in (0..<plan.shards).map { Array(plan.examples(step: step, shard: $0)) } }
    }

    private func examples(_ plan: EpochPlan) -> [Int32] { contents(plan).flatMap { $0.flatMap { $0 } } }

    func testEveryExampleComesOnceWhateverTheSizes() {
        for count in [1, 2, 3, 15, 16, 17, 100, 257] {
            let lengths = lengths(count)
            for (batchSize, shards, bucketBatches) in [
                (1, 1, 1), (1, 16, 3), (3, 2, 1), (16, 16, 2), (40, 64, 1), (1000, 8, 100),
            ] {
                let name = "\(count) examples, batches of \(batchSize), \(shards) shards, pools of \(bucketBatches)"
                for plan in [
                    plan(
                        lengths, batchSize: batchSize, shards: shards, seed: 3, epoch: 2, bucketBatches: bucketBatches),
                    EpochPlan(evaluating: lengths, batchSize: batchSize, shards: shards),
                ] {
                    XCTAssertEqual(examples(plan).sorted(), (0..<count).map { Int32($0) }, name)
                    XCTAssertEqual(plan.stepCount, (count + batchSize - 1) / batchSize, name)
                    XCTAssertEqual(plan.statistics.examples, count, name)
                    XCTAssertEqual(plan.statistics.tokens, lengths.reduce(0) { $0 + Int($1) }, name)
                    let sizes = contents(plan).map { $0.reduce(0) { $0 + $1.count } }
                    XCTAssertLessThanOrEqual(sizes.count { $0 < batchSize }, 1, name)
                    XCTAssertLessThanOrEqual(sizes.max() ?? 0, batchSize, name)
                }
            }
        }
    }

    func testNoExamplesMakeNoSteps() {
        XCTAssertEqual(plan([], batchSize: 4).stepCount, 0)
        XCTAssertEqual(EpochPlan(evaluating: [], batchSize: 4, shards: 2).stepCount, 0)
    }

    func testAShardIsPresentWhereItHoldsAnExample() {
        let plan = plan(lengths(37), batchSize: 8)
        for step in 0..<plan.stepCount {
            XCTAssertEqual(
                plan.presentShards(step: step), (0..<16).map { !plan.examples(step: step, shard: $0).isEmpty })
        }
        XCTAssertFalse((0..<plan.stepCount).allSatisfy { !plan.presentShards(step: $0).contains(false) })
    }

    func testAPlanIsAFunctionOfItsArguments() {
        let lengths = lengths(500)
        XCTAssertEqual(contents(plan(lengths, batchSize: 32)), contents(plan(lengths, batchSize: 32)))
        XCTAssertEqual(plan(lengths, batchSize: 32).statistics, plan(lengths, batchSize: 32).statistics)
    }

    /// The plan decides what a run computes: with another one, old checkpoints go on differently.
    func testThePlanStaysWhatItWas() {
        XCTAssertEqual(
            contents(plan([3, 1, 4, 1, 5, 9, 2, 6], batchSize: 3, shards: 2, seed: 7, epoch: 1)),
            [[[4], [0, 2]], [[6], [1, 3]], [[5], [7]]])
    }

    func testEpochsAndSeedsDiffer() {
        let lengths = lengths(500)
        let first = contents(plan(lengths, batchSize: 32))
        for other in [plan(lengths, batchSize: 32, epoch: 1), plan(lengths, batchSize: 32, seed: 1)] {
            let together = Set(first.map { Set($0.flatMap { $0 }) })
            let kept = contents(other).count { together.contains(Set($0.flatMap { $0 })) }
            XCTAssertEqual(kept, 0, "no minibatch comes back")
        }
    }

    /// Dealt from the longest on to the lightest shard, two shards differ by one example at most, and not the longest.
    func testShardsDifferByLessThanTheLongestExample() {
        for (count, batchSize, shards) in [(1000, 64, 16), (1000, 16, 16), (1000, 200, 2), (333, 100, 64)] {
            let lengths = lengths(count)
            for step in contents(plan(lengths, batchSize: batchSize, shards: shards)) {
                let tokens = step.map { $0.reduce(0) { $0 + Int(lengths[Int($1)]) } }
                let longest = step.flatMap { $0 }.map { Int(lengths[Int($0)]) }.max() ?? 0
                XCTAssertLessThanOrEqual((tokens.max() ?? 0) - (tokens.min() ?? 0), longest)
            }
        }
    }

    func testShardsOfRealisticBatchesAreBalanced() {
        for (batchSize, limit) in [(16, 1.1), (64, 1.1), (256, 1.05)] {
            let plan = plan(lengths(5120), batchSize: batchSize, bucketBatches: 100)
            XCTAssertLessThan(plan.statistics.tokenImbalance, limit, "batches of \(batchSize)")
            XCTAssertGreaterThanOrEqual(plan.statistics.tokenImbalance, 1)
        }
    }

    func testTheImbalanceIsTheLargestShardOverTheMeanShard() {
        // Two steps of two examples on two shards: 5 and 3, then 2 and 1.
        let plan = EpochPlan(evaluating: [3, 1, 5, 2], batchSize: 2, shards: 2)
        XCTAssertEqual(contents(plan), [[[3], [1]], [[2], [0]]])
        XCTAssertEqual(plan.statistics.tokenImbalance, Double(5 + 2) / (Double(8 + 3) / 2), accuracy: 1e-15)
    }

    func testARanksImbalanceIsThatOfItsShards() {
        let lengths = lengths(500)
        for batchSize in [5, 16, 64] {
            let plan = plan(lengths, batchSize: batchSize)
            for ranks in [1, 2, 4, 8, 16] {
                var largest = 0
                for step in 0..<plan.stepCount {
                    largest += (0..<ranks).map { rank in
                        let shards = rank * 16 / ranks..<(rank + 1) * 16 / ranks
                        return plan.examples(step: step, shards: shards).examples.reduce(0) { $0 + Int(lengths[$1]) }
                    }.max() ?? 0
                }
                XCTAssertEqual(
                    plan.rankImbalance(ranks: ranks), Double(largest * ranks) / Double(plan.statistics.tokens), accuracy: 1e-12)
            }
            XCTAssertEqual(plan.rankImbalance(ranks: 16), plan.statistics.tokenImbalance, accuracy: 1e-12)
            // A rank of three may have six shards of sixteen.
            XCTAssertGreaterThanOrEqual(plan.rankImbalance(ranks: 3), 18.0 / 16)
            XCTAssertEqual(plan.stepTokens.reduce(0) { $0 + Int($1) }, plan.statistics.tokens)
        }
        let streams = EpochPlan(shardOfStream: [0, 0, 1, 2, 3], windows: [0..<7, 7..<9], shards: 4)
        XCTAssertEqual(streams.stepTokens, [35, 10])
        XCTAssertEqual(streams.rankImbalance(ranks: 2), 3.0 * 2 / 5, accuracy: 1e-12)
        XCTAssertEqual(streams.rankImbalance(ranks: 4), 2.0 * 4 / 5, accuracy: 1e-12)
    }

    func testPaddingAvoidedIsWhatAPaddedBatchWouldHaveAdded() {
        for batchSize in [1, 7, 32] {
            let lengths = lengths(300)
            let plan = plan(lengths, batchSize: batchSize)
            var padding = 0
            for step in contents(plan) {
                let members = step.flatMap { $0 }.map { Int(lengths[Int($0)]) }
                padding += members.count * (members.max() ?? 0) - members.reduce(0, +)
            }
            XCTAssertEqual(plan.statistics.paddingAvoided, padding)
            if batchSize == 1 { XCTAssertEqual(padding, 0) }
        }
    }

    func testBatchesHoldSequencesOfLikeLength() {
        let lengths = lengths(5120)
        let bucketed = plan(lengths, batchSize: 32, bucketBatches: 100).statistics
        let mixed = plan(lengths, batchSize: 32, bucketBatches: 1).statistics
        XCTAssertLessThan(bucketed.paddingAvoided * 10, mixed.paddingAvoided)
    }

    func testAnEvaluationGoesByLength() {
        let lengths = lengths(100)
        let plan = EpochPlan(evaluating: lengths, batchSize: 9, shards: 4)
        var last: Int32 = 0
        for step in contents(plan) {
            let members = step.flatMap { $0 }.map { lengths[Int($0)] }
            XCTAssertGreaterThanOrEqual(members.min() ?? 0, last)
            last = members.max() ?? 0
        }
    }
}
