/// Sums of outer products over rows, `gradient = Σ x[row]ᵀ · d[row]`, per shard and folded in the tree.
///
/// The tree is folded inside each register tile: a shard's sum leaves the registers only to wait for its
/// sibling, in a tile-sized stack that stays in the first-level cache, so many shards cost little.
///
/// - Parameters:
///   - x: `[·, inputs]`; row `xIndex[p]` belongs to position `p` of the leaves.
///   - d: `[·, outputs]`; row `dIndex[p]` likewise.
///   - inputRange: The rows of the gradient to compute (threads split them).
///   - gradients: One buffer per subtree; `[inputs, outputs]` at `offset` is overwritten, for subtrees
///     that have a leaf.
///   - stride: Elements from one row of the gradient to the next, where `d` gives only some of its columns.
@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
public func weightGradient<Scalar: KernelScalar>(
    _ x: Matrix<Scalar>, index xIndex: AlignedBuffer<Int32>, _ d: Matrix<Scalar>, index dIndex: AlignedBuffer<Int32>,
    leaves: GradientLeaves, inputRange: Range<Int>? = nil, into gradients: [AlignedBuffer<Scalar>], offset: Int,
    stride: Int? = nil
) {
    precondition(
        gradients.count == leaves.subtrees.count
            && gradients.allSatisfy { offset + (x.columns - 1) * (stride ?? d.columns) + d.columns <= $0.count }
            && xIndex.count >= leaves.lastBound && dIndex.count >= leaves.lastBound,
        "a weight gradient needs room for its shape in every subtree")
    let lanes = Scalar.lanes, stride = stride ?? d.columns
    let inputRange = inputRange ?? 0..<x.columns
    // Eight rows of the gradient a tile: sixteen accumulators keep both multipliers busy.
    let largest = min(8, largestTile)
    for (subtree, range) in leaves.subtrees.enumerated() where !range.isEmpty {
        let positions = leaves.bounds.pointer[range.lowerBound]..<leaves.bounds.pointer[range.upperBound]
        // A panel of d in the order of positions: all tiles of its columns then stream through the second-level cache,
        // where rows of a wide d lie on as many pages as there are rows.
        withUnsafeTemporaryAllocation(of: Scalar.Vector.self, capacity: 2 * positions.count + 16 * (Int.bitWidth + 1)) { memory in
            let panel = memory.baseAddress.unsafelyUnwrapped, stack = panel + 2 * positions.count
            var output = 0
            while output < d.columns {
                let used = min(2 * lanes, d.columns - output), isWide = used > lanes
                var target = panel
                for p in positions {
                    let row = d.row(Int(dIndex.pointer[p])) + output
                    target[0] = row.vector()
                    if isWide { target[1] = (row + lanes).vector() }
                    target += isWide ? 2 : 1
                }
                var input = inputRange.lowerBound
                while input < inputRange.upperBound {
                    let size = min(largest, inputRange.upperBound - input)
                    let tile = GradientTile<Scalar>(
                        x: x.storage.pointer + x.offset + input, xStride: x.stride, xIndex: xIndex.pointer, panel: panel,
                        firstPosition: positions.lowerBound, leafCount: range.count, bounds: leaves.bounds.pointer + range.lowerBound,
                        mergesAfter: leaves.mergesAfter.pointer + range.lowerBound, stack: stack,
                        result: gradients[subtree].pointer + offset + input * stride + output, resultStride: stride, columns: used)
                    tile.run(rows: size, isWide: isWide)
                    input += size
                }
                output += 2 * lanes
            }
        }
    }
    // The tiles saw bare memory.
    withExtendedLifetime((x.storage, d.storage, xIndex, dIndex, leaves)) {}
}

private struct GradientTile<Scalar: KernelScalar>: RegisterTile {
    let x: UnsafePointer<Scalar>, xStride: Int, xIndex: UnsafePointer<Int32>
    /// One or two vectors of d a position.
    let panel: UnsafePointer<Scalar.Vector>, firstPosition: Int
    let leafCount: Int, bounds: UnsafePointer<Int>, mergesAfter: UnsafePointer<Int>
    let stack: UnsafeMutablePointer<Scalar.Vector>
    let result: UnsafeMutablePointer<Scalar>, resultStride: Int, columns: Int

    /// `R` rows by `C` vectors of the gradient, over all leaves of the subtree.
    @inline(__always)
    func tile<let R: Int, let C: Int>(_: TileShape<R, C>) {
        let lanes = Scalar.lanes
        var top = stack
        for leaf in 0..<leafCount {
            var left = InlineArray<R, Scalar.Vector>(repeating: Scalar.Vector()), right = left
            for p in bounds[leaf]..<bounds[leaf &+ 1] {
                let xRow = x + Int(xIndex[p]) &* xStride, dRow = panel + (p &- firstPosition) &* C
                let first = dRow[0], second = C == 2 ? dRow[1] : first
                for r in 0..<R {
                    let value = Scalar.Vector(repeating: xRow[r])
                    left[r] = left[r].addingProduct(value, first)
                    if C == 2 { right[r] = right[r].addingProduct(value, second) }
                }
            }
            for _ in 0..<mergesAfter[leaf] {
                top -= R &* C
                for r in 0..<R {
                    left[r] = top[r] + left[r]
                    if C == 2 { right[r] = top[R &+ r] + right[r] }
                }
            }
            // No sum is a negative zero, which is what negative numbers underflow to, in a leaf as in a node:
            // skipping a zero and adding it must agree.
            for r in 0..<R {
                left[r] += Scalar.Vector()
                if C == 2 { right[r] += Scalar.Vector() }
            }
            for r in 0..<R {
                top[r] = left[r]
                if C == 2 { top[R &+ r] = right[r] }
            }
            top += R &* C
        }
        for r in 0..<R {
            (result + r &* resultStride).store(stack[r], first: columns)
            if C == 2 { (result + r &* resultStride + lanes).store(stack[R &+ r], first: columns &- lanes) }
        }
    }
}
