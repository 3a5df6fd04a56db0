import Kernels
import TestSupport
import XCTest

/// Sums over rows against the same sums written out: one fused chain a shard, folded by recursion.
final class GradientSumTests: XCTestCase {
    private static let ranks = [1, 2, 3, 4, 5, 8, 16]

    override func setUp() { Processor.setFloatingPointEnvironment() }

    func testWeightGradientIsTheTreeOfShardSumsWhateverTheRanks() {
        checkWeightGradient(Float.self)
        checkWeightGradient(Double.self)
    }

    func testColumnSumsAreTheTreeOfShardSumsWhateverTheRanks() {
        var random = RandomNumbers(seed: 12)
        for (trial, columns) in [1, 15, 16, 17, 33, 65].enumerated() {
            let rows = ShardedRows(presence: [0.2, 0.5, 0.9][trial % 3], &random)
            let d: Matrix<Float> = random.matrix(rows: rows.count, columns: columns)
            let index = random.shuffled(Array(0..<rows.count))
            let expected: [Float]? = rows.fold { positions in
                (0..<columns).map { c in positions.reduce(0) { $0 + d[index[$1], c] } }
            }
            for ranks in Self.ranks {
                let folded: [Float]? = rows.fold(ranks: ranks) { leaves, positions in
                    let sums = leaves.subtrees.map { _ in AlignedBuffer<Float>(count: columns + 4) }
                    for sum in sums { for i in 0..<sum.count { sum[i] = 77 } }
                    columnSums(
                        d, index: AlignedBuffer(positions.map { Int32(index[$0]) }), leaves: leaves, into: sums,
                        offset: 2)
                    return read(sums, leaves) { (sum: AlignedBuffer<Float>) -> [Float] in
                        (0..<columns).map { sum[2 + $0] }
                    } canaries: { (sum: AlignedBuffer<Float>) -> [Float] in
                        [sum[0], sum[1], sum[columns + 2], sum[columns + 3]]
                    }
                }
                XCTAssertEqual(folded?.bits, expected?.bits, "\(columns) columns, \(ranks) ranks")
            }
        }
    }

    func testSparseRowsAreTheTreeOfShardSumsWhateverTheRanks() {
        var random = RandomNumbers(seed: 13)
        for (trial, width) in [1, 5, 16, 17, 33, 65].enumerated() {
            let rows = ShardedRows(presence: [0.3, 0.6, 1][trial % 3], &random), vocabulary = 7
            let d: Matrix<Float> = random.matrix(rows: rows.count, columns: width)
            let index = random.shuffled(Array(0..<rows.count))
            let ids = (0..<rows.count).map { _ in random.whole(below: vocabulary) }
            let expected = (0..<vocabulary).map { id -> [Float] in
                // Shards that did not read the row are skipped here and add zeros below: same bits.
                rows.fold { positions -> [Float]? in
                    let own = positions.filter { ids[$0] == id }
                    return own.isEmpty ? nil : (0..<width).map { c in own.reduce(0) { $0 + d[index[$1], c] } }
                } ?? [Float](repeating: 0, count: width)
            }
            for ranks in Self.ranks {
                let folded: [Float]? = rows.fold(ranks: ranks) { leaves, positions in
                    let sparse = sparseRowGradient(
                        ids: AlignedBuffer(positions.map { Int32(ids[$0]) }), d,
                        index: AlignedBuffer(positions.map { Int32(index[$0]) }), leaves: leaves)
                    return zip(leaves.subtrees, sparse).map { range, gradient in
                        let read =
                            positions.isEmpty
                            ? [] : positions[leaves.bounds[range.lowerBound]..<leaves.bounds[range.upperBound]]
                        XCTAssertEqual(gradient.ids, Set(read.map { Int32(ids[$0]) }).sorted())
                        if range.isEmpty { return nil }
                        var block = [Float](repeating: 0, count: vocabulary * width)
                        for (row, id) in gradient.ids.enumerated() {
                            for c in 0..<width { block[Int(id) * width + c] = gradient.rows[row, c] }
                        }
                        XCTAssertFalse(block.hasNegativeZero)
                        return block
                    }
                }
                XCTAssertEqual(folded?.bits, expected.flatMap { $0 }.bits, "width \(width), \(ranks) ranks")
            }
        }
    }

    func testNoSumIsANegativeZeroEvenWhereItUnderflows() {
        // Products below the normal range become zeros with a sign: in a shard, and where shards meet.
        let tiny = Float.leastNormalMagnitude
        let cases: [[Float]] = [
            [-tiny / 4, -tiny / 4], [1.25 * tiny, -1.5 * tiny], [-0.0, -0.0], [tiny, -tiny], [-tiny / 4],
        ]
        for numbers in cases {
            for shards in [numbers.indices.map { $0 }, numbers.indices.map { _ in 0 }] {
                let positions = AlignedBuffer(numbers.indices.map { Int32($0) })
                let present = shards == [0, 1] ? [0, 1] : [0]
                let leaves = GradientLeaves(
                    shards: present, bounds: present.count == 2 ? [0, 1, 2] : [0, numbers.count],
                    subtreeShards: [0..<16])
                let d = Matrix(AlignedBuffer(numbers.map { $0 * 0x1p20 }), rows: numbers.count, columns: 1)
                let x = Matrix(AlignedBuffer(numbers.map { _ in Float(0x1p-20) }), rows: numbers.count, columns: 1)
                let unscaled = Matrix(AlignedBuffer(numbers), rows: numbers.count, columns: 1)
                let sums = [AlignedBuffer<Float>(count: 2)]
                weightGradient(
                    x, index: positions, d, index: positions, leaves: leaves, into: sums,
                    at: .rowMajor(offset: 0, inputs: 1, outputs: 1))
                columnSums(unscaled, index: positions, leaves: leaves, into: sums, offset: 1)
                let ids = AlignedBuffer(numbers.map { _ in Int32(3) })
                let sparse = sparseRowGradient(ids: ids, unscaled, index: positions, leaves: leaves)
                XCTAssertFalse(
                    (Array(sums[0].elements) + sparse[0].rows.elements).hasNegativeZero,
                    "\(numbers) in shards \(shards)")
            }
        }
    }

    /// The sums of d alone, gathered on the way, are those of `columnSums`; panels hold what rows do.
    func testAWeightGradientInPanelsBringsTheSumsOfABias() {
        var random = RandomNumbers(seed: 12)
        for (inputs, outputs) in [(1, 1), (3, 16), (11, 17), (21, 32), (5, 70)] {
            let rows = ShardedRows(presence: 0.6, &random)
            let x: Matrix<Float> = random.matrix(rows: rows.count, columns: inputs)
            // Products below the normal range become zeros with a sign.
            let tiny = -Float.leastNormalMagnitude / 4
            let d: Matrix<Float> = random.matrix(rows: rows.count, columns: outputs)
            for row in 0..<rows.count where row % 2 == 0 { d[row, 0] = tiny }
            for subtrees in SummationTree.subtrees(shards: ShardedRows.shards, ranks: 3) {
                let (leaves, positions) = rows.leaves(subtrees)
                let index = AlignedBuffer(positions.map { Int32($0) })
                let size = inputs * outputs
                func sums() -> [AlignedBuffer<Float>] {
                    leaves.subtrees.map { _ in AlignedBuffer(count: size + outputs) }
                }
                let panels = sums(), expected = sums()
                let place = WeightPlace.panels(offset: 0, inputs: inputs, outputs: outputs)
                weightGradient(
                    x, index: index, d, index: index, leaves: leaves, into: panels, at: place, sumsOffset: size)
                weightGradient(
                    x, index: index, d, index: index, leaves: leaves, into: expected,
                    at: .rowMajor(offset: 0, inputs: inputs, outputs: outputs))
                columnSums(d, index: index, leaves: leaves, into: expected, offset: size)
                for (found, expected) in zip(panels, expected) {
                    let unpacked = Matrix<Float>(rows: inputs, columns: outputs)
                    PackedMatrix(found, place).unpack(into: unpacked)
                    XCTAssertEqual(unpacked.elements.bits, Array(expected.elements.prefix(size)).bits)
                    XCTAssertEqual(
                        Array(found.elements.dropFirst(size)).bits, Array(expected.elements.dropFirst(size)).bits)
                    XCTAssertFalse(Array(found.elements).hasNegativeZero)
                }
            }
        }
    }

    func testMergesAreThoseOfTheBinaryTree() {
        XCTAssertEqual(treeMerges([0, 1, 2, 3, 4, 5, 6, 7]), [0, 1, 0, 2, 0, 1, 0, 3])
        XCTAssertEqual(treeMerges([5]), [0])
        XCTAssertEqual(treeMerges([] as [Int]), [])
        XCTAssertEqual(treeMerges([0, 3, 4, 9, 15]), [0, 1, 1, 0, 2])
    }

    func testASubtreeWithoutShardsIsLeftAlone() {
        let leaves = GradientLeaves(shards: [2], bounds: [0, 1], subtreeShards: [0..<2, 2..<4])
        let one = Matrix(AlignedBuffer<Float>([3]), rows: 1, columns: 1), index = AlignedBuffer<Int32>([0])
        let sums = [AlignedBuffer<Float>([5]), AlignedBuffer<Float>([5])]
        weightGradient(
            one, index: index, one, index: index, leaves: leaves, into: sums,
            at: .rowMajor(offset: 0, inputs: 1, outputs: 1))
        XCTAssertEqual(sums.map { $0[0] }, [5, 9])
        XCTAssertEqual(sparseRowGradient(ids: index, one, index: index, leaves: leaves).map(\.ids), [[], [0]])
    }

    private func checkWeightGradient<Scalar: KernelScalar>(_: Scalar.Type) {
        var random = RandomNumbers(seed: 11)
        for (trial, (inputs, outputs)) in [(1, 1), (7, 15), (8, 16), (9, 17), (16, 33), (17, 65), (3, 48), (33, 32)]
            .enumerated()
        {
            let rows = ShardedRows(presence: [0.2, 0.5, 0.9][trial % 3], &random)
            let x: Matrix<Scalar> = random.matrix(rows: rows.count, columns: inputs)
            let d: Matrix<Scalar> = random.matrix(rows: rows.count, columns: outputs)
            let xIndex = random.shuffled(Array(0..<rows.count)), dIndex = random.shuffled(Array(0..<rows.count))
            let expected: [Scalar]? = rows.fold { positions in
                (0..<inputs * outputs).map { place in
                    positions.reduce(Scalar(0)) {
                        $0.addingProduct(x[xIndex[$1], place / outputs], d[dIndex[$1], place % outputs])
                    }
                }
            }
            let stride = outputs + 3
            for ranks in Self.ranks {
                let folded: [Scalar]? = rows.fold(ranks: ranks) { leaves, positions in
                    let sums = leaves.subtrees.map { _ in AlignedBuffer<Scalar>(count: 2 + inputs * stride) }
                    for sum in sums { for i in 0..<sum.count { sum[i] = 77 } }
                    // In two parts, as threads take it.
                    for part in [0..<inputs / 2, inputs / 2..<inputs] {
                        weightGradient(
                            x, index: AlignedBuffer(positions.map { Int32(xIndex[$0]) }), d,
                            index: AlignedBuffer(positions.map { Int32(dIndex[$0]) }), leaves: leaves, inputRange: part,
                            into: sums, at: .rowMajor(offset: 2, inputs: inputs, outputs: outputs, stride: stride))
                    }
                    return read(sums, leaves) { (sum: AlignedBuffer<Scalar>) -> [Scalar] in
                        (0..<inputs).flatMap { i in (0..<outputs).map { sum[2 + i * stride + $0] } }
                    } canaries: { (sum: AlignedBuffer<Scalar>) -> [Scalar] in
                        let between = (0..<inputs).flatMap { i in (outputs..<stride).map { sum[2 + i * stride + $0] } }
                        return [sum[0], sum[1]] + between
                    }
                }
                XCTAssertEqual(folded?.bits, expected?.bits, "\(inputs) × \(outputs), \(ranks) ranks")
                XCTAssertFalse(folded?.hasNegativeZero ?? false)
            }
        }
    }

    /// Each subtree's sum, nil where it has no leaf; canaries around it stand at 77.
    private func read<Scalar: KernelScalar>(
        _ sums: [AlignedBuffer<Scalar>], _ leaves: GradientLeaves, _ own: (AlignedBuffer<Scalar>) -> [Scalar],
        canaries: (AlignedBuffer<Scalar>) -> [Scalar]
    ) -> [[Scalar]?] {
        zip(sums, leaves.subtrees).map { sum, range in
            let untouched = canaries(sum) + (range.isEmpty ? own(sum) : [])
            XCTAssertTrue(untouched.allSatisfy { $0 == 77 }, "a canary died")
            return range.isEmpty ? nil : own(sum)
        }
    }
}
