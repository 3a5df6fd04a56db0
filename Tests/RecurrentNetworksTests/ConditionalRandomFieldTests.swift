import Kernels
import RecurrentNetworks
import XCTest

/// The field against the sum over all sequences of tags, written out.
final class ConditionalRandomFieldTests: XCTestCase {
    func testTheLossIsThatOfAllSequencesOfTagsWrittenOut() {
        for (seed, lengths) in [[3, 1, 4, 2], [1], [1, 1], [5]].enumerated() {
            let field = Chains<Double>(lengths: lengths, tags: 3, seed: UInt64(seed))
            XCTAssertEqual(relativeError(field.losses(), field.writtenOut().losses), 0, accuracy: 1e-13, "\(lengths)")
        }
    }

    func testTheBestTagsAreThoseOfTheBestSequenceWrittenOut() {
        for seed in 0..<20 {
            let field = Chains<Double>(lengths: [4, 2, 1, 3], tags: 4, seed: UInt64(seed))
            XCTAssertEqual(field.best(), field.writtenOut().best, "seed \(seed)")
        }
    }

    func testOfEqualTagsTheFirstIsTaken() {
        let field = Chains<Double>(lengths: [3], tags: 4, seed: 0)
        for place in field.places { place.storage.clear() }
        XCTAssertEqual(field.best(), [[0, 0, 0]])
    }

    func testGradientsAreDifferencesOfTheLoss() {
        // Several sequences in a shard, an absent shard, more tags than a vector has lanes.
        for tags in [3, 11] {
            let field = Chains<Double>(lengths: [3, 1, 4, 2], shards: [0, 0, 2, 3], tags: tags, seed: 7)
            let analytic = field.gradients(ranks: [[0..<4]])
            for (place, values) in zip(field.places, analytic) {
                let numeric = place.range.map { i in
                    let kept = place.storage[i]
                    func loss(_ value: Double) -> Double {
                        place.storage[i] = value
                        defer { place.storage[i] = kept }
                        return field.losses().reduce(0, +)
                    }
                    let h = 1e-4
                    return (8 * (loss(kept + h) - loss(kept - h)) - (loss(kept + 2 * h) - loss(kept - 2 * h)))
                        / (12 * h)
                }
                XCTAssertEqual(relativeError(values, numeric), 0, accuracy: 1e-9, "\(place.name), \(tags) tags")
            }
        }
    }

    func testGradientsDoNotDependOnTheNumberOfRanks() {
        let field = Chains<Float>(lengths: [3, 1, 4, 2, 5, 2, 2], shards: [0, 0, 2, 3, 5, 5, 7], tags: 19, seed: 3)
        let one = field.gradients(ranks: [[0..<8]])
        for ranks in [[[0..<4], [4..<8]], [[0..<2], [2..<4, 4..<5], [5..<6, 6..<8]], (0..<8).map { [$0..<$0 + 1] }] {
            XCTAssertEqual(field.gradients(ranks: ranks), one, "\(ranks)")
        }
    }

    func testGradientsDoNotDependOnTheNumberOfThreads() {
        let lengths = (0..<40).map { 1 + $0 % 7 }
        let one = Chains<Float>(lengths: lengths, tags: 19, seed: 3),
            three = Chains<Float>(lengths: lengths, tags: 19, seed: 3, threads: 3)
        XCTAssertEqual(one.losses(), three.losses())
        XCTAssertEqual(one.best(), three.best())
        XCTAssertEqual(one.gradients(ranks: [[0..<1]]), three.gradients(ranks: [[0..<1]]))
    }

    func testFloatStaysCloseToDoubleOverLongSequencesWithLargeScores() {
        let float = Chains<Float>(lengths: [400], tags: 9, seed: 5, scale: 20),
            double = Chains<Double>(lengths: [400], tags: 9, seed: 5, scale: 20)
        XCTAssertEqual(float.losses()[0], double.losses()[0], accuracy: 1e-6 * double.losses()[0])
        let gradients = zip(float.gradients(ranks: [[0..<1]]), double.gradients(ranks: [[0..<1]]))
        for (a, b) in gradients { XCTAssertLessThan(relativeError(a.map(Double.init), b), 1e-4) }
    }
}

/// A field with emissions that are numbers of their own.
private final class Chains<Scalar: KernelScalar> {
    let lengths: [Int], shards: [Int], tags: Int
    private let parameters: Parameters<Scalar>
    private let field: ConditionalRandomField<Scalar>
    /// `[token, tags]`, sentence after sentence.
    private let scores: AlignedBuffer<Scalar>
    private let gold: [Int32]

    init(lengths: [Int], shards: [Int]? = nil, tags: Int, seed: UInt64, scale: Double = 2, threads: Int = 1) {
        self.lengths = lengths
        self.shards = shards ?? lengths.map { _ in 0 }
        self.tags = tags
        var layout = ParameterLayout()
        field = ConditionalRandomField(name: "output", tags: tags, team: ThreadTeam(count: threads), layout: &layout)
        parameters = Parameters(layout)
        var numbers = RandomNumbers(seed: seed)
        for slice in layout.dense {
            for i in 0..<slice.count {
                parameters.dense[slice.offset + i] = Scalar(scale * Double(Float(numbers.number())))
            }
        }
        let steps = lengths.reduce(0, +)
        scores = AlignedBuffer((0..<steps * tags).map { _ in Scalar(scale * Double(Float(numbers.number()))) })
        gold = (0..<steps).map { _ in Int32(numbers.whole(below: tags)) }
    }

    var places: [(name: String, storage: AlignedBuffer<Scalar>, range: Range<Int>)] {
        parameters.layout.dense.map { ($0.name, parameters.dense, $0.offset..<$0.offset + $0.count) } + [
            ("emissions", scores, 0..<scores.count)
        ]
    }

    func losses() -> [Double] {
        let part = part([0..<64])
        field.pack(parameters)
        let losses = field.losses(part.emissions, tags: part.tags, part.packed, parameters)
        return inOrder(part, losses.map { [$0] }).map { $0[0] }
    }

    func best() -> [[Int32]] {
        let part = part([0..<64])
        let tags = field.decode(part.emissions, part.packed, parameters)
        return inOrder(
            part,
            part.packed.lengths.enumerated().map { j, length in (0..<length).map { tags[part.packed.offsets[$0] + j] } }
        )
    }

    /// One array for each place, summed over ranks in the tree.
    func gradients(ranks: [[Range<Int>]]) -> [[Scalar]] {
        field.pack(parameters)
        var emissions = [Scalar](repeating: 0, count: scores.count)
        var sums: [(Range<Int>, [Scalar]?)] = []
        for subtrees in ranks {
            let part = part(subtrees)
            _ = field.losses(part.emissions, tags: part.tags, part.packed, parameters)
            let gradients = Gradients<Scalar>(parameters.layout, subtrees: subtrees.count)
            let d = field.backward(tags: part.tags, part.packed, into: gradients)
            for (row, token) in part.tokens.enumerated() {
                for k in 0..<tags { emissions[token * tags + k] = d[row, k] }
            }
            for (number, range) in subtrees.enumerated() {
                let isPresent = !part.packed.sequenceLeaves.subtrees[number].isEmpty
                let dense = gradients.dense[number]
                sums.append((range, isPresent ? (0..<dense.count).map { dense[$0] } : nil))
            }
        }
        let total = fold(0..<(ranks.last?.last?.upperBound ?? 1), sums) ?? []
        return parameters.layout.dense.map { Array(total[$0.offset..<$0.offset + $0.count]) } + [emissions]
    }

    /// Losses and best tags from the scores of all sequences of tags.
    func writtenOut() -> (losses: [Double], best: [[Int32]]) {
        var losses: [Double] = [], best: [[Int32]] = []
        var first = 0
        for length in lengths {
            let all = (0..<Int(pow(Double(tags), Double(length)))).map { code in
                (0..<length).reversed().map { Int32(code / Int(pow(Double(tags), Double($0))) % tags) }
            }
            let scores = all.map { score($0, first: first) }
            let sum = scores.map { exp($0) }.reduce(0, +)
            losses.append(log(sum) - score(Array(gold[first..<first + length]), first: first))
            best.append(all[scores.indices.max { (scores[$0], -$0) < (scores[$1], -$1) } ?? 0])
            first += length
        }
        return (losses, best)
    }

    private func score(_ tags: [Int32], first: Int) -> Double {
        let slices = parameters.layout.dense.map(\.offset)  // transitions, start, end
        func value(_ offset: Int, _ i: Int) -> Double { Double(parameters.dense[offset + i]) }
        var sum = value(slices[1], Int(tags[0])) + value(slices[2], Int(tags[tags.count - 1]))
        for t in tags.indices {
            sum += Double(scores[(first + t) * self.tags + Int(tags[t])])
            if t > 0 { sum += value(slices[0], Int(tags[t - 1]) * self.tags + Int(tags[t])) }
        }
        return sum
    }

    private struct Part {
        let packed: PackedSequences
        let sentences: [Int]
        /// The token of each row.
        let tokens: [Int]
        let emissions: Matrix<Scalar>
        let tags: AlignedBuffer<Int32>
    }

    private func part(_ subtrees: [Range<Int>]) -> Part {
        let own = lengths.indices.filter { i in subtrees.contains { $0.contains(shards[i]) } }
        let packed = PackedSequences(
            lengths: own.map { lengths[$0] }, shards: own.map { shards[$0] },
            subtreeShards: ShardSubtrees(subtrees))
        let sentences = packed.order.map { own[$0] }
        let tokens = (0..<packed.steps).flatMap { t in
            (0..<packed.active[t]).map { lengths[..<sentences[$0]].reduce(0, +) + t }
        }
        let rows = AlignedBuffer(tokens.flatMap { token in (0..<tags).map { scores[token * tags + $0] } })
        return Part(
            packed: packed, sentences: sentences, tokens: tokens,
            emissions: Matrix(rows, rows: tokens.count, columns: tags),
            tags: AlignedBuffer(tokens.map { gold[$0] }))
    }

    private func inOrder<Value>(_ part: Part, _ values: [Value]) -> [Value] {
        part.sentences.indices.sorted { part.sentences[$0] < part.sentences[$1] }.map { values[$0] }
    }

    /// Node = left + right; what is absent is skipped.
    private func fold(_ range: Range<Int>, _ sums: [(Range<Int>, [Scalar]?)]) -> [Scalar]? {
        if let found = sums.first(where: { $0.0 == range }) { return found.1 }
        if range.count == 1 { return nil }
        let middle = (range.lowerBound + range.upperBound) / 2
        let left = fold(range.lowerBound..<middle, sums), right = fold(middle..<range.upperBound, sums)
        guard let left, let right else { return left ?? right }
        return zip(left, right).map { $0 + $1 }
    }
}
