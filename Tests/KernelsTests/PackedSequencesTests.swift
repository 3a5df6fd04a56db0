import Kernels
import XCTest

final class PackedSequencesTests: XCTestCase {
    private func randomBatch(_ seed: UInt64, shards count: Int = 16) -> (lengths: [Int], shards: [Int]) {
        var random = RandomNumbers(seed: seed)
        let shards = (0..<1 + random.whole(below: 30)).map { _ in random.whole(below: count) }.sorted()
        return (shards.map { _ in 1 + random.whole(below: 12) }, shards)
    }

    func testEveryTimeStepOfEverySequenceHasExactlyOneRow() {
        for seed in 0..<20 {
            let (lengths, shards) = randomBatch(UInt64(seed))
            let batch = PackedSequences(lengths: lengths, shards: shards, subtreeShards: [0..<16])
            XCTAssertEqual(batch.rows, lengths.reduce(0, +))
            XCTAssertEqual(batch.steps, lengths.max())
            XCTAssertEqual(batch.lengths, batch.order.map { lengths[$0] })
            XCTAssertEqual(batch.order.sorted(), Array(lengths.indices))
            for (j, next) in zip(0..., 1..<batch.sequences) {
                XCTAssertTrue((-batch.lengths[j], batch.order[j]) < (-batch.lengths[next], batch.order[next]))
            }
            for t in 0..<batch.steps {
                XCTAssertEqual(batch.active[t], lengths.filter { $0 > t }.count)
                XCTAssertEqual(batch.offsets[t + 1] - batch.offsets[t], batch.active[t])
            }
            for j in 0..<batch.sequences {
                let last = batch.offsets[batch.lengths[j] - 1] + j
                XCTAssertEqual(Int(batch.lastRows[j]), last)
                for t in 0..<batch.lengths[j] {
                    XCTAssertEqual(
                        Int(batch.reversed[batch.offsets[t] + j]), batch.offsets[batch.lengths[j] - 1 - t] + j)
                }
            }
        }
    }

    func testReversingTwiceIsTheIdentity() {
        for seed in 0..<20 {
            let (lengths, shards) = randomBatch(UInt64(seed))
            let batch = PackedSequences(lengths: lengths, shards: shards, subtreeShards: [0..<16])
            for row in 0..<batch.rows { XCTAssertEqual(Int(batch.reversed[Int(batch.reversed[row])]), row) }
        }
    }

    func testStepsOfARangeAreItsRowsAndTheStatesBeforeThem() {
        let batch = PackedSequences(lengths: [1, 3, 2, 3], shards: [0, 0, 1, 2], subtreeShards: [0..<4])
        // Packed: lengths 3, 3, 2, 1; active 4, 3, 2; offsets 0, 4, 7.
        let first = batch.step(0, of: 1..<3), second = batch.step(1, of: 1..<4), third = batch.step(2, of: 2..<4)
        XCTAssertEqual([first.row, first.state, first.previousState, first.sequence, first.count], [1, 5, 1, 1, 2])
        XCTAssertEqual([second.row, second.state, second.previousState, second.sequence, second.count], [5, 9, 5, 1, 2])
        XCTAssertEqual(third.count, 0)
    }

    func testGradientRowsAreTheLiveRowsShardByShard() {
        for seed in 0..<20 {
            let (lengths, shards) = randomBatch(UInt64(seed))
            let batch = PackedSequences(lengths: lengths, shards: shards, subtreeShards: [0..<8, 8..<16])
            for liveSteps in [nil, 1, 3, 100] {
                let rows = batch.gradientRows(liveSteps: liveSteps)
                XCTAssertEqual(rows.leaves.shards, Set(shards).sorted())
                XCTAssertEqual(rows.leaves.shards, batch.sequenceLeaves.shards)
                XCTAssertEqual(rows.rows.count, lengths.reduce(0) { $0 + min($1, liveSteps ?? $1) })
                XCTAssertEqual(Set(rows.rows.elements).count, rows.rows.count)
                for leaf in rows.leaves.shards.indices {
                    var previous = (-1, -1)
                    for p in rows.leaves.bounds[leaf]..<rows.leaves.bounds[leaf + 1] {
                        let row = Int(rows.rows[p])
                        let t = (batch.offsets.firstIndex { $0 > row } ?? 0) - 1, j = row - batch.offsets[t]
                        XCTAssertTrue(previous < (t, j), "rows of a shard come in the order of time, then of sequences")
                        previous = (t, j)
                        XCTAssertEqual(shards[batch.order[j]], rows.leaves.shards[leaf])
                        if let liveSteps { XCTAssertGreaterThanOrEqual(t, batch.lengths[j] - liveSteps) }
                        XCTAssertEqual(rows.reversedRows[p], batch.reversed[row])
                        XCTAssertEqual(
                            Int(rows.previousStates[p]), t == 0 ? j : batch.sequences + batch.offsets[t - 1] + j)
                    }
                }
            }
        }
    }

    func testTheOrderInsideAShardDoesNotDependOnTheOtherShards() {
        for seed in 0..<20 {
            let (lengths, shards) = randomBatch(UInt64(seed))
            let all = PackedSequences(lengths: lengths, shards: shards, subtreeShards: [0..<16])
            for (leaf, shard) in all.sequenceLeaves.shards.enumerated() {
                let own = shards.indices.filter { shards[$0] == shard }
                let alone = PackedSequences(
                    lengths: own.map { lengths[$0] }, shards: own.map { _ in shard }, subtreeShards: [shard..<shard + 1]
                )
                let among = (all.sequenceLeaves.bounds[leaf]..<all.sequenceLeaves.bounds[leaf + 1])
                XCTAssertEqual(
                    among.map { all.order[Int(all.leafSequences[$0])] },
                    alone.leafSequences.elements.map { own[alone.order[Int($0)]] })
                let rows = all.gradientRows(liveSteps: 2), rowsAlone = alone.gradientRows(liveSteps: 2)
                XCTAssertEqual(
                    (rows.leaves.bounds[leaf]..<rows.leaves.bounds[leaf + 1]).map { place(Int(rows.rows[$0]), all) },
                    rowsAlone.rows.elements.map { row in
                        let (t, j) = (place(Int(row), alone)[0], place(Int(row), alone)[1])
                        return [t, own[j]]
                    })
            }
        }
    }

    /// Time step and caller's number of a row.
    private func place(_ row: Int, _ batch: PackedSequences) -> [Int] {
        let t = (batch.offsets.firstIndex { $0 > row } ?? 0) - 1
        return [t, batch.order[row - batch.offsets[t]]]
    }

    func testABatchWithoutSequencesHasNoRows() {
        let batch = PackedSequences(lengths: [], shards: [], subtreeShards: [0..<2, 2..<3])
        XCTAssertEqual(
            [batch.rows, batch.steps, batch.sequences, batch.gradientRows(liveSteps: nil).rows.count], [0, 0, 0, 0])
        XCTAssertEqual(batch.sequenceLeaves.subtrees, [0..<0, 0..<0])
    }
}
