internal import CProcessor

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
    let height = largestTile
    // Where x is read again for many columns of d, it is brought into the order of the tiles first: lines of a wide x
    // lie on as many pages as there are rows.
    let isPacked = d.columns > 4 * lanes
    let rowBlocks = (inputRange.count + height - 1) / height
    for (subtree, range) in leaves.subtrees.enumerated() where !range.isEmpty {
        let positions = leaves.bounds.pointer[range.lowerBound]..<leaves.bounds.pointer[range.upperBound]
        let bounds = leaves.bounds.pointer + range.lowerBound, mergesAfter = leaves.mergesAfter.pointer + range.lowerBound
        let packedX = AlignedBuffer<Scalar>(count: isPacked ? rowBlocks * height * positions.count : 0)
        if isPacked { pack(x, xIndex, positions, inputRange, height: height, into: packedX) }
        // A panel of d in the order of positions: all tiles of its columns then stream through the second-level cache.
        withUnsafeTemporaryAllocation(of: Scalar.Vector.self, capacity: 2 * positions.count + 2 * height * (Int.bitWidth + 1)) { memory in
            let panel = memory.baseAddress.unsafelyUnwrapped, stack = panel + 2 * positions.count
            var output = 0
            while output < d.columns {
                let used = min(2 * lanes, d.columns - output), isWide = used > lanes
                var target = panel
                for p in positions {
                    // Rows of a wide d lie on pages of their own, where no processor looks ahead.
                    let later = d.row(Int(dIndex.pointer[min(p &+ 12, positions.upperBound &- 1)])) + output
                    cprocessor_prefetch(later)
                    cprocessor_prefetch(later + lanes)
                    let row = d.row(Int(dIndex.pointer[p])) + output
                    target[0] = row.vector()
                    if isWide { target[1] = (row + lanes).vector() }
                    target += isWide ? 2 : 1
                }
                var input = inputRange.lowerBound
                while input < inputRange.upperBound {
                    let size = min(height, inputRange.upperBound - input)
                    let result = gradients[subtree].pointer + offset + input * stride + output
                    if isPacked {
                        GradientTile<Scalar, PackedColumns<Scalar>>(
                            x: PackedColumns(
                                base: packedX.pointer + (input - inputRange.lowerBound) * positions.count, height: height),
                            panel: panel, firstPosition: positions.lowerBound, leafCount: range.count, bounds: bounds,
                            mergesAfter: mergesAfter, stack: stack, result: result, resultStride: stride, columns: used
                        ).run(rows: size, isWide: isWide)
                    } else {
                        GradientTile<Scalar, IndexedColumns<Scalar>>(
                            x: IndexedColumns(
                                base: x.storage.pointer + x.offset + input, stride: x.stride,
                                index: xIndex.pointer + positions.lowerBound),
                            panel: panel, firstPosition: positions.lowerBound, leafCount: range.count, bounds: bounds,
                            mergesAfter: mergesAfter, stack: stack, result: result, resultStride: stride, columns: used
                        ).run(rows: size, isWide: isWide)
                    }
                    input += size
                }
                output += 2 * lanes
            }
        }
    }
    // The tiles saw bare memory.
    withExtendedLifetime((x.storage, d.storage, xIndex, dIndex, leaves)) {}
}

/// Blocks of `height` columns of x, each `[position, height]`.
private func pack<Scalar: KernelScalar>(
    _ x: Matrix<Scalar>, _ index: AlignedBuffer<Int32>, _ positions: Range<Int>, _ columns: Range<Int>, height: Int,
    into packed: AlignedBuffer<Scalar>
) {
    for (place, p) in positions.enumerated() {
        let row = x.row(Int(index.pointer[p]))
        var target = packed.pointer + place &* height
        for first in stride(from: columns.lowerBound, to: columns.upperBound, by: height) {
            target.update(from: row + first, count: min(height, columns.upperBound &- first))
            target += height &* positions.count
        }
    }
}

/// Where a tile finds its columns of x at a position, counted from the first one.
private protocol TileColumns<Scalar> {
    associatedtype Scalar: KernelScalar
    func row(_ place: Int) -> UnsafePointer<Scalar>
}

private struct IndexedColumns<Scalar: KernelScalar>: TileColumns {
    let base: UnsafePointer<Scalar>, stride: Int, index: UnsafePointer<Int32>
    @inline(__always) func row(_ place: Int) -> UnsafePointer<Scalar> { base + Int(index[place]) &* stride }
}

private struct PackedColumns<Scalar: KernelScalar>: TileColumns {
    let base: UnsafePointer<Scalar>, height: Int
    @inline(__always) func row(_ place: Int) -> UnsafePointer<Scalar> { base + place &* height }
}

private struct GradientTile<Scalar, Columns: TileColumns<Scalar>>: RegisterTile {
    let x: Columns
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
                let xRow = x.row(p &- firstPosition), dRow = panel + (p &- firstPosition) &* C
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
