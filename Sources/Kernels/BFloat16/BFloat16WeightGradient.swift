internal import CProcessor

/// Sums of outer products over rows, `gradient = Σ x[row]ᵀ · d[row]`, x and d rounded to bfloat16, sums in float32.
///
/// Per shard and folded in the tree as the float32 gradient is, of which it has the bits for rounded operands: one
/// chain of fused multiply-adds a leaf, in the order of its positions. Pairs of positions never cross a leaf's end.
///
/// - Parameters:
///   - x: `[·, inputs]`; row `xIndex[p]` belongs to position `p` of the leaves.
///   - d: `[·, outputs]`; row `dIndex[p]` likewise.
///   - inputRange: The rows of the gradient to compute (threads split them).
///   - gradients: One buffer per subtree; what lies at `place` is overwritten, for subtrees that have a leaf.
///   - place: `[inputs, outputs]`
///   - sumsOffset: Where to put the float32 sums of `d` itself, `[outputs]`: the gradient of a bias; nil: nowhere.
public func bfloat16WeightGradient(
    _ x: Matrix<Float>, index xIndex: AlignedBuffer<Int32>, _ d: Matrix<Float>, index dIndex: AlignedBuffer<Int32>,
    leaves: GradientLeaves, inputRange: Range<Int>? = nil, into gradients: [AlignedBuffer<Float>],
    at place: WeightPlace, sumsOffset: Int? = nil
) {
    leaves.checkRoom(x, xIndex, d, dIndex, gradients, place, sumsOffset)
    let inputRange = inputRange ?? 0..<x.columns, height = largestTile
    let rowBlocks = (inputRange.count + height - 1) / height
    for (subtree, range) in leaves.subtrees.enumerated() where !range.isEmpty {
        let fold = LeafFold<Float>(leaves, range), pairs = fold.pairs
        let panelSize = 2 * pairs, stackSize = 2 * height * (Int.bitWidth + 1)
        let packedSize = (rowBlocks * height * pairs + 15) / 16
        withUnsafeTemporaryAllocation(of: BFloat16Pairs.self, capacity: panelSize + stackSize + packedSize) { memory in
            // A panel of d and all of x in the order of positions, for the tiles to stream through.
            let panel = memory.baseAddress.unsafelyUnwrapped
            let stack = UnsafeMutableRawPointer(panel + panelSize).assumingMemoryBound(to: SIMD16<Float>.self)
            let packedX = UnsafeMutableRawPointer(stack + stackSize).assumingMemoryBound(to: UInt32.self)
            pack(x, xIndex, fold, pairs: pairs, inputRange, height: height, into: packedX)
            for output in stride(from: 0, to: d.columns, by: 32) {
                let used = min(32, d.columns - output), isWide = used > 16
                let filler = BFloat16PanelFiller(
                    panel: panel, d: d, index: dIndex, column: output, columns: used, leaves: fold, stack: stack,
                    sums: sumsOffset.map { gradients[subtree].pointer + $0 + output })
                if isWide { filler.fill(TileShape<1, 2>()) } else { filler.fill(TileShape<1, 1>()) }
                let target = place.panel(at: output, width: used)
                for input in stride(from: inputRange.lowerBound, to: inputRange.upperBound, by: height) {
                    BFloat16GradientTile(
                        x: packedX + (input - inputRange.lowerBound) * pairs, height: height, panel: panel,
                        leaves: fold, stack: stack,
                        result: gradients[subtree].pointer + (target.first + input * target.stride),
                        resultStride: target.stride, columns: used
                    ).run(rows: min(height, inputRange.upperBound - input), isWide: isWide)
                }
            }
        }
    }
    // The tiles saw bare memory.
    withExtendedLifetime((x.storage, d.storage, xIndex, dIndex, leaves)) {}
}

extension LeafFold {
    /// Pairs of positions of a leaf, an odd last one being one of its own.
    @inline(__always) fileprivate func pairs(_ leaf: Int) -> Int { (bounds[leaf &+ 1] &- bounds[leaf] &+ 1) / 2 }

    fileprivate var pairs: Int { (0..<count).reduce(0) { $0 &+ pairs($1) } }
}

/// Rounds columns of d into a panel, in the order of positions, and sums them unrounded per leaf and in the tree.
private struct BFloat16PanelFiller {
    let panel: UnsafeMutablePointer<BFloat16Pairs>
    let d: Matrix<Float>, index: AlignedBuffer<Int32>
    let column: Int, columns: Int
    let leaves: LeafFold<Float>
    let stack: UnsafeMutablePointer<SIMD16<Float>>
    /// Receives the sums; nil: nobody asks for them.
    let sums: UnsafeMutablePointer<Float>?

    /// `C` vectors of columns.
    @inline(__always)
    func fill<let C: Int>(_ shape: TileShape<1, C>) {
        let last = leaves.bounds[leaves.count] &- 1
        var target = panel, top = stack
        for leaf in 0..<leaves.count {
            let end = leaves.bounds[leaf &+ 1]
            var p = leaves.bounds[leaf], left = SIMD16<Float>(), right = left
            while p < end {
                prefetch(min(p &+ 12, last))
                prefetch(min(p &+ 13, last))
                let upper = row(p)
                // An odd last position is paired with zeros.
                let lower = p &+ 1 < end ? row(p &+ 1) : nil
                let first = upper.vector(), second = lower?.vector() ?? SIMD16<Float>()
                target[0] = BFloat16Arithmetic.pairs(upper: first, lower: second)
                left = left + first + second
                if C == 2 {
                    let first = (upper + 16).vector(), second = lower.map { ($0 + 16).vector() } ?? SIMD16<Float>()
                    target[1] = BFloat16Arithmetic.pairs(upper: first, lower: second)
                    right = right + first + second
                }
                target += C
                p += 2
            }
            leaves.fold(shape, leaf, [left], [right], onto: &top)
        }
        guard let sums else { return }
        // No negative zero: see the tile.
        sums.store(stack[0] + SIMD16<Float>(), first: columns)
        if C == 2 { (sums + 16).store(stack[1] + SIMD16<Float>(), first: columns &- 16) }
    }

    @inline(__always) private func row(_ position: Int) -> UnsafePointer<Float> {
        UnsafePointer(d.row(Int(index.pointer[position])) + column)
    }

    /// Rows of a wide d lie on pages of their own, where no processor looks ahead.
    @inline(__always) private func prefetch(_ position: Int) {
        let later = row(position)
        cprocessor_prefetch(later)
        cprocessor_prefetch(later + 16)
    }
}

/// Rounded blocks of `height` columns of x, each `[pair of positions, height]`.
private func pack(
    _ x: Matrix<Float>, _ index: AlignedBuffer<Int32>, _ leaves: LeafFold<Float>, pairs: Int, _ columns: Range<Int>,
    height: Int, into packed: UnsafeMutablePointer<UInt32>
) {
    var place = packed
    for leaf in 0..<leaves.count {
        let end = leaves.bounds[leaf &+ 1]
        for p in stride(from: leaves.bounds[leaf], to: end, by: 2) {
            let upper = UnsafePointer(x.row(Int(index.pointer[p])))
            let lower = p &+ 1 < end ? UnsafePointer(x.row(Int(index.pointer[p &+ 1]))) : nil
            var target = place, column = columns.lowerBound
            while column < columns.upperBound {
                // An odd last position is paired with -0, which times zero changes not even the sign of a zero.
                let second = lower.map { ($0 + column).vector() } ?? SIMD16<Float>(repeating: -0.0)
                let words = BFloat16Arithmetic.pairs(upper: (upper + column).vector(), lower: second)
                let count = min(height, columns.upperBound &- column)
                withUnsafeBytes(of: words) { words in
                    let source = words.baseAddress.unsafelyUnwrapped
                    // A copy of known length is a few instructions; of another, a call.
                    if count == 10 {
                        UnsafeMutableRawPointer(target).copyMemory(from: source, byteCount: 40)
                    } else {
                        UnsafeMutableRawPointer(target).copyMemory(from: source, byteCount: 4 &* count)
                    }
                }
                column += height
                target += height &* pairs
            }
            place += height
        }
    }
}

private struct BFloat16GradientTile: RegisterTile {
    /// `height` pairs for each pair of positions, one or two vectors of the panel.
    let x: UnsafePointer<UInt32>, height: Int, panel: UnsafePointer<BFloat16Pairs>
    let leaves: LeafFold<Float>
    let stack: UnsafeMutablePointer<SIMD16<Float>>
    let result: UnsafeMutablePointer<Float>, resultStride: Int, columns: Int

    /// `R` rows by `C` vectors of the gradient, over all leaves of the subtree.
    @inline(__always)
    func tile<let R: Int, let C: Int>(_ shape: TileShape<R, C>) {
        var x = x, d = panel, top = stack
        for leaf in 0..<leaves.count {
            var left = InlineArray<R, SIMD16<Float>>(repeating: SIMD16<Float>()), right = left
            for _ in 0..<leaves.pairs(leaf) {
                let first = d[0], second = C == 2 ? d[1] : first
                for r in 0..<R {
                    let value = BFloat16Pairs(repeating: x[r])
                    left[r] = BFloat16Arithmetic.adding(left[r], value, first)
                    if C == 2 { right[r] = BFloat16Arithmetic.adding(right[r], value, second) }
                }
                x += height
                d += C
            }
            leaves.fold(shape, leaf, left, right, onto: &top)
        }
        // No sum is a negative zero, which is what negative numbers underflow to: skipping a zero and adding it must
        // agree.
        let zero = SIMD16<Float>()
        for r in 0..<R {
            (result + r &* resultStride).store(stack[r] + zero, first: columns)
            if C == 2 { (result + r &* resultStride + 16).store(stack[R &+ r] + zero, first: columns &- 16) }
        }
    }
}
