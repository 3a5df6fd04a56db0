import Configuration
import Kernels
import SequenceData
import TestSupport
import XCTest

/// From a plan and a corpus to packed rows.
final class BatchTests: XCTestCase {
    private var folder: TemporaryFolder!

    override func setUpWithError() throws { folder = try TemporaryFolder() }

    private func texts() throws -> EncodedCorpus {
        var data = DataConfiguration()
        data.tokens = .words
        let words = ["a", "b c", "c b a", "d", "e a d b", "a a a a a a a", "f", "b", "c c", "d e f a b", "g"]
        data.train = try folder.write(
            "train.csv", words.enumerated().map { "\("xyz".dropFirst($0 % 3).prefix(1)),\($1)\n" }.joined())
        return try CorpusReader(data).readTraining().training
    }

    private func numbers() throws -> EncodedCorpus {
        var data = DataConfiguration()
        data.tokens = .values
        data.format = .long
        data.columns.sequence = .number(1)
        data.columns.label = .number(2)
        data.columns.values = [.number(3), .number(4)]
        var rows = ""
        for sequence in 0..<7 {
            for t in 0...(sequence * 3 % 5) { rows += "s\(sequence),\(sequence % 2),\(sequence).5,\(-t)\n" }
        }
        data.train = try folder.write("long.csv", rows)
        return try CorpusReader(data).readTraining().training
    }

    private func subtrees(_ shards: Range<Int>) -> [Range<Int>] { shards.map { $0..<$0 + 1 } }

    private func check(_ batch: Batch, _ corpus: EncodedCorpus) {
        for j in 0..<batch.packed.sequences {
            let example = Int(batch.examples[j]), range = corpus.range(of: example)
            XCTAssertEqual(batch.packed.lengths[j], corpus.length(of: example))
            XCTAssertEqual(batch.labels[j], corpus.labels[example])
            for t in 0..<range.count {
                let row = batch.packed.offsets[t] + j
                if let tokens = batch.tokens { XCTAssertEqual(tokens[row], corpus.tokens[range.lowerBound + t]) }
                for f in 0..<corpus.featureWidth {
                    XCTAssertEqual(
                        batch.features?[row, f], corpus.features[(range.lowerBound + t) * corpus.featureWidth + f])
                }
            }
        }
    }

    func testRowsAreTheCorpus() throws {
        for corpus in [try texts(), try numbers()] {
            let plan = EpochPlan(lengths: corpus.lengths, batchSize: 4, shards: 4, seed: 1, epoch: 0, bucketBatches: 1)
            for step in 0..<plan.stepCount {
                let batch = Batch(corpus, plan, step: step, shards: 0..<4, subtrees: [0..<4])
                XCTAssertEqual(batch.tokens == nil, corpus.featureWidth > 0)
                XCTAssertEqual(batch.features == nil, corpus.featureWidth == 0)
                let members = (0..<4).flatMap { plan.examples(step: step, shard: $0) }
                XCTAssertEqual(batch.examples.elements.sorted(), members.sorted())
                XCTAssertEqual(batch.packed.rows, members.reduce(0) { $0 + corpus.length(of: Int($1)) })
                check(batch, corpus)
            }
        }
    }

    func testRanksTogetherHoldTheShardsOfOne() throws {
        let corpus = try texts(), shards = 16
        let plan = EpochPlan(lengths: corpus.lengths, batchSize: 6, shards: shards, seed: 2, epoch: 3, bucketBatches: 2)
        for ranks in [1, 2, 3, 5, 16] {
            for step in 0..<plan.stepCount {
                var found = [[Int32]](repeating: [], count: shards)
                for rank in 0..<ranks {
                    let own = rank * shards / ranks..<(rank + 1) * shards / ranks
                    let batch = Batch(corpus, plan, step: step, shards: own, subtrees: ShardSubtrees(subtrees(own)))
                    check(batch, corpus)
                    for j in 0..<batch.packed.sequences {
                        XCTAssertTrue(own.contains(batch.shards[j]))
                        found[batch.shards[j]].append(batch.examples[j])
                    }
                }
                for shard in 0..<shards {
                    XCTAssertEqual(found[shard].sorted(), Array(plan.examples(step: step, shard: shard)))
                }
            }
        }
    }

    func testARankWithoutExamplesHasAnEmptyBatch() throws {
        let corpus = try texts()
        let plan = EpochPlan(lengths: corpus.lengths, batchSize: 1, shards: 2, seed: 0, epoch: 0, bucketBatches: 1)
        let batch = Batch(corpus, plan, step: 0, shards: 1..<2, subtrees: [1..<2])
        XCTAssertEqual(batch.packed.sequences, 0)
        XCTAssertEqual(batch.packed.rows, 0)
        XCTAssertEqual(batch.labels, [])
    }

    func testTextsWithoutLabelsMakeBatchesWithoutLabels() throws {
        var data = DataConfiguration()
        data.tokens = .words
        data.train = try folder.write("train.csv", "x,a b\ny,c\n")
        let reader = CorpusReader(data)
        let corpus = try reader.encode(["a", "b c"], vocabulary: reader.readTraining().vocabulary)
        let batch = Batch(
            corpus, EpochPlan(evaluating: corpus.lengths, batchSize: 2, shards: 1), step: 0, shards: 0..<1,
            subtrees: [0..<1])
        XCTAssertEqual(batch.labels, [])
        XCTAssertEqual(Array(batch.examples.elements), [1, 0])
    }
}
