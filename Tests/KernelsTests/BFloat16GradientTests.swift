import Kernels
import XCTest

/// Weight gradients of rounded operands: one fused chain a shard, folded by recursion.
final class BFloat16GradientTests: XCTestCase {
    override func setUp() { Processor.setFloatingPointEnvironment() }

    func testIsTheTreeOfShardSumsWhateverTheRanks() {
        var random = RandomNumbers(seed: 51)
        for outputs in 1...70 {
            let inputs = [1, 2, 9, 10, 11, 21, 33][outputs % 7]
            let rows = ShardedRows(presence: [0.2, 0.5, 0.9][outputs % 3], &random)
            check(rows, inputs, outputs, ranks: [1, 2, 3, 16], &random)
        }
    }

    func testLongLeavesAndWideGradients() {
        var random = RandomNumbers(seed: 52)
        for (outputs, inputs) in [(100, 45), (200, 3)] {
            check(ShardedRows(presence: 1, rowsPerShard: 77, &random), inputs, outputs, ranks: [1, 4], &random)
        }
    }

    func testNoSumIsANegativeZeroEvenWhereItUnderflows() {
        let tiny: Float = 0x1p-70
        for numbers: [Float] in [[-tiny, -tiny], [-tiny], [-0.0, -0.0], [-0.0], [tiny, -tiny, -tiny]] {
            let count = numbers.count, positions = AlignedBuffer(numbers.indices.map { Int32($0) })
            let d = Matrix(AlignedBuffer(numbers), rows: count, columns: 1)
            let x = Matrix(AlignedBuffer(numbers.map { abs($0) }), rows: count, columns: 1)
            for bounds in [[0, count], Array(0...count)] {
                let leaves = GradientLeaves(
                    shards: Array(0..<bounds.count - 1), bounds: bounds, subtreeShards: [0..<16])
                let sums = [AlignedBuffer<Float>(count: 2)]
                bfloat16WeightGradient(
                    x, index: positions, d, index: positions, leaves: leaves, into: sums,
                    at: .rowMajor(offset: 0, inputs: 1, outputs: 1), sumsOffset: 1)
                XCTAssertFalse(Array(sums[0].elements).hasNegativeZero, "\(numbers) in leaves \(bounds)")
            }
        }
    }

    func testASubtreeWithoutShardsIsLeftAlone() {
        let leaves = GradientLeaves(shards: [2], bounds: [0, 1], subtreeShards: [0..<2, 2..<4])
        let one = Matrix(AlignedBuffer<Float>([3]), rows: 1, columns: 1), index = AlignedBuffer<Int32>([0])
        let sums = [AlignedBuffer<Float>([5]), AlignedBuffer<Float>([5])]
        bfloat16WeightGradient(
            one, index: index, one, index: index, leaves: leaves, into: sums,
            at: .panels(offset: 0, inputs: 1, outputs: 1))
        XCTAssertEqual(sums.map { $0[0] }, [5, 9])
    }

    /// Both orders of the gradient, in two parts as threads take it, with the sums of d behind it and canaries around.
    private func check(
        _ rows: ShardedRows, _ inputs: Int, _ outputs: Int, ranks: [Int], _ random: inout RandomNumbers
    ) {
        let x = random.matrixAmongNaN(rows: rows.count, columns: inputs)
        let d = random.matrixAmongNaN(rows: rows.count, columns: outputs)
        let xIndex = random.shuffled(Array(0..<rows.count)), dIndex = random.shuffled(Array(0..<rows.count))
        let (xRounded, dRounded) = (BFloat16Numbers.rounded(x), BFloat16Numbers.rounded(d))
        let expected: [Float]? = rows.fold { positions in
            (0..<inputs).flatMap { i in
                (0..<outputs).map { n in
                    BFloat16Numbers.chain(
                        from: 0, positions.map { xRounded[xIndex[$0], i] }, positions.map { dRounded[dIndex[$0], n] })
                }
            }
        }
        let stride = outputs + 3
        for ranks in ranks {
            for isPanels in [false, true] {
                let end = 2 + inputs * (isPanels ? outputs : stride)
                let element: (Int, Int) -> Int = { i, n in
                    isPanels
                        ? BFloat16Numbers.panelElement(i, n, rows: inputs, columns: outputs, offset: 2)
                        : 2 + i * stride + n
                }
                let place: WeightPlace =
                    isPanels
                    ? .panels(offset: 2, inputs: inputs, outputs: outputs)
                    : .rowMajor(offset: 2, inputs: inputs, outputs: outputs, stride: stride)
                let folded: [Float]? = rows.fold(ranks: ranks) { leaves, positions in
                    let sums = leaves.subtrees.map { _ in
                        AlignedBuffer([Float](repeating: 77, count: end + outputs + 3))
                    }
                    let biases = leaves.subtrees.map { _ in AlignedBuffer<Float>(count: outputs) }
                    let index = AlignedBuffer(positions.map { Int32(dIndex[$0]) })
                    for part in [0..<inputs / 2, inputs / 2..<inputs] {
                        bfloat16WeightGradient(
                            x, index: AlignedBuffer(positions.map { Int32(xIndex[$0]) }), d, index: index,
                            leaves: leaves, inputRange: part, into: sums, at: place, sumsOffset: end)
                    }
                    columnSums(d, index: index, leaves: leaves, into: biases, offset: 0)
                    return leaves.subtrees.indices.map { subtree in
                        let sum = sums[subtree], isEmpty = leaves.subtrees[subtree].isEmpty
                        var isOwn = [Bool](repeating: false, count: sum.count)
                        let own = (0..<inputs).flatMap { i in (0..<outputs).map { element(i, $0) } }
                        if !isEmpty {
                            for place in own + Array(end..<end + outputs) { isOwn[place] = true }
                            XCTAssertEqual(
                                (end..<end + outputs).map { sum[$0] }.bits, biases[subtree].elements.bits,
                                "sums of \(outputs) columns")
                        }
                        XCTAssertTrue(isOwn.indices.allSatisfy { isOwn[$0] || sum[$0] == 77 }, "a canary died")
                        return isEmpty ? nil : own.map { sum[$0] }
                    }
                }
                XCTAssertTrue(
                    folded?.bits == expected?.bits, "\(inputs) × \(outputs), \(ranks) ranks, panels: \(isPanels)")
                XCTAssertFalse(folded?.hasNegativeZero ?? false)
            }
        }
    }
}
