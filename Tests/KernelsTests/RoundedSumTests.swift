import Kernels
import TestSupport
import XCTest

/// Sums over rows with every node of the shards' tree rounded to bfloat16, against the same written out.
final class RoundedSumTests: XCTestCase {
    private static let ranks = [1, 2, 3, 4, 5, 8, 16]

    override func setUp() { Processor.setFloatingPointEnvironment() }

    /// Eight significant bits, and no negative zero.
    private func rounded(_ x: Float) -> Float { BFloat16Numbers.rounded(x) + 0 }

    func testWeightGradientsAndTheSumsOfABiasAreRoundedInEveryNode() {
        var random = RandomNumbers(seed: 31)
        for (inputs, outputs) in [(1, 1), (3, 16), (11, 17), (21, 32), (5, 70)] {
            let rows = ShardedRows(presence: [0.2, 0.6, 1][inputs % 3], &random)
            let x: Matrix<Float> = random.matrix(rows: rows.count, columns: inputs)
            let d: Matrix<Float> = random.matrix(rows: rows.count, columns: outputs)
            for products in [false, true] {
                let a = products ? BFloat16Numbers.rounded(x) : x, b = products ? BFloat16Numbers.rounded(d) : d
                let expected: [Float]? = rows.fold(rounding: rounded) { positions in
                    (0..<inputs).flatMap { i in
                        (0..<outputs).map { n in
                            BFloat16Numbers.chain(from: 0, positions.map { a[$0, i] }, positions.map { b[$0, n] })
                        }
                    } + (0..<outputs).map { n in positions.reduce(0) { $0 + d[$1, n] } }
                }
                for ranks in Self.ranks {
                    let folded: [Float]? = rows.fold(ranks: ranks, rounding: rounded) { leaves, positions in
                        let index = AlignedBuffer(positions.map { Int32($0) }), size = inputs * outputs
                        let sums = leaves.subtrees.map { _ in AlignedBuffer<Float>(count: size + outputs) }
                        let place = WeightPlace.rowMajor(offset: 0, inputs: inputs, outputs: outputs)
                        if products {
                            bfloat16WeightGradient(
                                x, index: index, d, index: index, leaves: leaves, into: sums, at: place,
                                sumsOffset: size)
                        } else {
                            weightGradient(
                                x, index: index, d, index: index, leaves: leaves, into: sums, at: place,
                                sumsOffset: size)
                        }
                        return zip(leaves.subtrees, sums).map { $0.isEmpty ? nil : Array($1.elements) }
                    }
                    XCTAssertEqual(
                        folded?.bits, expected?.bits, "\(inputs) × \(outputs), \(ranks) ranks, bfloat16 \(products)")
                }
            }
        }
    }

    func testColumnSumsAreRoundedInEveryNode() {
        var random = RandomNumbers(seed: 32)
        for (trial, columns) in [1, 15, 16, 17, 65].enumerated() {
            let rows = ShardedRows(presence: [0.2, 0.5, 1][trial % 3], &random)
            let d: Matrix<Float> = random.matrix(rows: rows.count, columns: columns)
            let expected: [Float]? = rows.fold(rounding: rounded) { positions in
                (0..<columns).map { c in positions.reduce(0) { $0 + d[$1, c] } }
            }
            for ranks in Self.ranks {
                let folded: [Float]? = rows.fold(ranks: ranks, rounding: rounded) { leaves, positions in
                    let sums = leaves.subtrees.map { _ in AlignedBuffer<Float>(count: columns) }
                    columnSums(
                        d, index: AlignedBuffer(positions.map { Int32($0) }), leaves: leaves, into: sums, offset: 0)
                    return zip(leaves.subtrees, sums).map { $0.isEmpty ? nil : Array($1.elements) }
                }
                XCTAssertEqual(folded?.bits, expected?.bits, "\(columns) columns, \(ranks) ranks")
            }
        }
    }

    /// Shards that did not read a row are skipped by one rank and add zeros between ranks.
    func testSparseRowsAreRoundedInEveryNode() {
        var random = RandomNumbers(seed: 33)
        for (trial, width) in [1, 5, 17, 33].enumerated() {
            let rows = ShardedRows(presence: [0.3, 0.6, 1][trial % 3], &random), vocabulary = 7
            let d: Matrix<Float> = random.matrix(rows: rows.count, columns: width)
            let ids = (0..<rows.count).map { _ in random.whole(below: vocabulary) }
            let expected: [Float]? = rows.fold(rounding: rounded) { positions in
                (0..<vocabulary).flatMap { id in
                    (0..<width).map { c in positions.reduce(0) { ids[$1] == id ? $0 + d[$1, c] : $0 } }
                }
            }
            for ranks in Self.ranks {
                let folded: [Float]? = rows.fold(ranks: ranks, rounding: rounded) { leaves, positions in
                    let sparse = sparseRowGradient(
                        ids: AlignedBuffer(positions.map { Int32(ids[$0]) }), d,
                        index: AlignedBuffer(positions.map { Int32($0) }), leaves: leaves)
                    return zip(leaves.subtrees, sparse).map { range, gradient in
                        if range.isEmpty { return nil }
                        let table = Matrix<Float>(rows: vocabulary, columns: width)
                        addRows(gradient, to: table)
                        return Array(table.elements)
                    }
                }
                XCTAssertEqual(folded?.bits, expected?.bits, "width \(width), \(ranks) ranks")
            }
        }
    }

    func testASumOfOneShardIsRoundedAndNoSumIsANegativeZero() {
        let tiny = Float.leastNormalMagnitude, position = AlignedBuffer<Int32>([0])
        let subtrees = ShardSubtrees([0..<16], isRounded: true)
        let leaves = GradientLeaves(shards: [3], bounds: [0, 1], subtreeShards: subtrees)
        let cases: [(Float, Float)] = [(1.001953125, 1), (1.005859375, 1.0078125), (-tiny / 4, 0), (-0.0, 0)]
        for (number, expected) in cases {
            let d = Matrix(AlignedBuffer([number]), rows: 1, columns: 1)
            let sums = [AlignedBuffer<Float>(count: 2)]
            weightGradient(
                Matrix(AlignedBuffer<Float>([1]), rows: 1, columns: 1), index: position, d, index: position,
                leaves: leaves, into: sums, at: .rowMajor(offset: 0, inputs: 1, outputs: 1), sumsOffset: 1)
            XCTAssertEqual(sums[0].elements.bits, [expected, expected].bits, "\(number)")
            columnSums(d, index: position, leaves: leaves, into: sums, offset: 1)
            XCTAssertEqual(sums[0].elements.bits, [expected, expected].bits, "\(number)")
            let sparse = sparseRowGradient(ids: position, d, index: position, leaves: leaves)
            XCTAssertEqual(sparse[0].rows.elements.bits, [expected].bits, "\(number)")
        }
    }
}
