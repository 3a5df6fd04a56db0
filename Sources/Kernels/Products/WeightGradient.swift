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
///   - gradients: One buffer per subtree; what lies at `place` is overwritten, for subtrees that have a leaf.
///   - place: `[inputs, outputs]`
///   - sumsOffset: Where to put the sums of `d` alone, `[outputs]`: the gradient of a bias; nil: nowhere.
@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
public func weightGradient<Scalar: KernelScalar>(
    _ x: Matrix<Scalar>, index xIndex: AlignedBuffer<Int32>, _ d: Matrix<Scalar>, index dIndex: AlignedBuffer<Int32>,
    leaves: GradientLeaves, inputRange: Range<Int>? = nil, into gradients: [AlignedBuffer<Scalar>],
    at place: WeightPlace, sumsOffset: Int? = nil
) {
    leaves.checkRoom(x, xIndex, d, dIndex, gradients, place, sumsOffset)
    let lanes = Scalar.lanes
    let inputRange = inputRange ?? 0..<x.columns
    let height = largestTile
    // Where x is read again for many columns of d, it is brought into the order of the tiles first: lines of a wide x
    // lie on as many pages as there are rows.
    let isPacked = d.columns > 4 * lanes
    let rowBlocks = (inputRange.count + height - 1) / height
    for (subtree, range) in leaves.subtrees.enumerated() where !range.isEmpty {
        let positions = leaves.bounds.pointer[range.lowerBound]..<leaves.bounds.pointer[range.upperBound]
        let fold = LeafFold<Scalar>(leaves, range)
        let panelSize = 2 * positions.count, stackSize = 2 * height * (Int.bitWidth + 1)
        let packedSize = isPacked ? (rowBlocks * height * positions.count + lanes - 1) / lanes : 0
        withUnsafeTemporaryAllocation(of: Scalar.Vector.self, capacity: panelSize + stackSize + packedSize) { memory in
            // A panel of d in the order of positions: all tiles of its columns then stream through the second-level
            // cache.
            let panel = memory.baseAddress.unsafelyUnwrapped, stack = panel + panelSize
            let packedX = UnsafeMutableRawPointer(stack + stackSize).assumingMemoryBound(to: Scalar.self)
            if isPacked { pack(x, xIndex, positions, inputRange, height: height, into: packedX) }
            var output = 0
            while output < d.columns {
                let used = min(2 * lanes, d.columns - output), isWide = used > lanes
                let sums = sumsOffset.map { gradients[subtree].pointer + $0 + output }
                let filler = PanelFiller(
                    panel: panel, d: d, index: dIndex, column: output, columns: used, leaves: fold, stack: stack,
                    sums: sums)
                if isWide { filler.fill(TileShape<1, 2>()) } else { filler.fill(TileShape<1, 1>()) }
                let target = place.panel(at: output, width: used)
                var input = inputRange.lowerBound
                while input < inputRange.upperBound {
                    let size = min(height, inputRange.upperBound - input)
                    let result = gradients[subtree].pointer + (target.first + input * target.stride)
                    if isPacked {
                        GradientTile<Scalar, PackedColumns<Scalar>>(
                            x: PackedColumns(
                                base: packedX + (input - inputRange.lowerBound) * positions.count, height: height),
                            panel: panel, firstPosition: positions.lowerBound, leaves: fold, stack: stack,
                            result: result, resultStride: target.stride, columns: used
                        ).run(rows: size, isWide: isWide)
                    } else {
                        GradientTile<Scalar, IndexedColumns<Scalar>>(
                            x: IndexedColumns(
                                base: x.storage.pointer + x.offset + input, stride: x.stride,
                                index: xIndex.pointer + positions.lowerBound),
                            panel: panel, firstPosition: positions.lowerBound, leaves: fold, stack: stack,
                            result: result, resultStride: target.stride, columns: used
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

/// Copies columns of d into a panel, in the order of positions, and sums them per leaf and in the tree.
private struct PanelFiller<Scalar: KernelScalar> {
    let panel: UnsafeMutablePointer<Scalar.Vector>
    let d: Matrix<Scalar>, index: AlignedBuffer<Int32>
    let column: Int, columns: Int
    let leaves: LeafFold<Scalar>
    let stack: UnsafeMutablePointer<Scalar.Vector>
    /// Receives the sums; nil: nobody asks for them.
    let sums: UnsafeMutablePointer<Scalar>?

    /// `C` vectors of columns.
    @inline(__always)
    func fill<let C: Int>(_ shape: TileShape<1, C>) {
        let lanes = Scalar.lanes, last = leaves.bounds[leaves.count] &- 1
        var target = panel, top = stack
        for leaf in 0..<leaves.count {
            var left = Scalar.Vector(), right = left
            for p in leaves.bounds[leaf]..<leaves.bounds[leaf &+ 1] {
                // Rows of a wide d lie on pages of their own, where no processor looks ahead.
                let later = d.row(Int(index.pointer[min(p &+ 12, last)])) + column
                cprocessor_prefetch(later)
                cprocessor_prefetch(later + lanes)
                let row = d.row(Int(index.pointer[p])) + column
                target[0] = row.vector()
                left += target[0]
                if C == 2 {
                    target[1] = (row + lanes).vector()
                    right += target[1]
                }
                target += C
            }
            leaves.fold(shape, leaf, [left], [right], onto: &top)
        }
        guard let sums else { return }
        // No negative zero: see the tile.
        sums.store(stack[0] + Scalar.Vector(), first: columns)
        if C == 2 { (sums + lanes).store(stack[1] + Scalar.Vector(), first: columns &- lanes) }
    }
}

/// Blocks of `height` columns of x, each `[position, height]`.
private func pack<Scalar: KernelScalar>(
    _ x: Matrix<Scalar>, _ index: AlignedBuffer<Int32>, _ positions: Range<Int>, _ columns: Range<Int>, height: Int,
    into packed: UnsafeMutablePointer<Scalar>
) {
    let whole = height == 10 ? columns.count / height : 0
    for (place, p) in positions.enumerated() {
        var source = UnsafePointer(x.row(Int(index.pointer[p])) + columns.lowerBound), target = packed + place &* height
        // A copy of known length is a few instructions; of another, a call.
        for _ in 0..<whole {
            UnsafeMutableRawPointer(target).copyMemory(from: source, byteCount: 10 &* MemoryLayout<Scalar>.stride)
            source += 10
            target += height &* positions.count
        }
        for first in stride(from: whole &* height, to: columns.count, by: height) {
            target.update(from: source, count: min(height, columns.count &- first))
            source += height
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
    let leaves: LeafFold<Scalar>
    let stack: UnsafeMutablePointer<Scalar.Vector>
    let result: UnsafeMutablePointer<Scalar>, resultStride: Int, columns: Int

    /// `R` rows by `C` vectors of the gradient, over all leaves of the subtree.
    @inline(__always)
    func tile<let R: Int, let C: Int>(_ shape: TileShape<R, C>) {
        let lanes = Scalar.lanes
        var top = stack
        for leaf in 0..<leaves.count {
            var left = InlineArray<R, Scalar.Vector>(repeating: Scalar.Vector()), right = left
            for p in leaves.bounds[leaf]..<leaves.bounds[leaf &+ 1] {
                let xRow = x.row(p &- firstPosition), dRow = panel + (p &- firstPosition) &* C
                let first = dRow[0], second = C == 2 ? dRow[1] : first
                for r in 0..<R {
                    let value = Scalar.Vector(repeating: xRow[r])
                    left[r] = left[r].addingProduct(value, first)
                    if C == 2 { right[r] = right[r].addingProduct(value, second) }
                }
            }
            leaves.fold(shape, leaf, left, right, onto: &top)
        }
        // No sum is a negative zero, which is what negative numbers underflow to: skipping a zero and adding it must
        // agree.
        let zero = Scalar.Vector()
        for r in 0..<R {
            (result + r &* resultStride).store(stack[r] + zero, first: columns)
            if C == 2 { (result + r &* resultStride + lanes).store(stack[R &+ r] + zero, first: columns &- lanes) }
        }
    }
}
