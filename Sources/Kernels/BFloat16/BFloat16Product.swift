internal import CProcessor

/// `y[row] = start + x[row] · w` for each selected row, x and w rounded to bfloat16, sums in float32.
///
/// A result is one chain of fused multiply-adds in the order of the inputs, whatever the other rows are, so that it
/// never depends on them: bit for bit the float32 product of the rounded operands.
///
/// - Parameters:
///   - x: `[·, inputs]`, rows chosen by `xRows`.
///   - y: `[·, outputs]`, rows chosen by `yRows` (as many); no row twice.
///   - bias: The buffer that `ProductStart.bias` refers to; not rounded.
public func multiply(
    _ x: Matrix<Float>, rows xRows: RowSelection, by weight: BFloat16Panels, from start: ProductStart = .zero,
    bias: AlignedBuffer<Float>? = nil, into y: Matrix<Float>, rows yRows: RowSelection
) {
    precondition(
        x.columns == weight.inputs && y.columns == weight.outputs && xRows.count == yRows.count,
        "a product needs matching shapes")
    let count = xRows.count, pairs = weight.pairs
    if count == 0 || weight.outputs == 0 { return }
    let target = RowAddresses(y, yRows)
    // Parts of long rows and chunks of many as in the float32 product.
    let parts = max(1, (pairs + longestPart - 1) / longestPart), depth = max(1, (pairs + parts - 1) / parts)
    let chunk = min(count, 100), lines = roundedRowPitch / 16
    withUnsafeTemporaryAllocation(of: BFloat16Pairs.self, capacity: chunk * lines) { memory in
        let rounded = memory.baseAddress.unsafelyUnwrapped
        for firstPair in stride(from: 0, to: max(1, pairs), by: depth) {
            let part = min(depth, pairs - firstPair)
            let inputs = 2 * firstPair..<min(weight.inputs, 2 * (firstPair + part))
            for chunkStart in stride(from: 0, to: count, by: chunk) {
                let chunkEnd = min(count, chunkStart + chunk)
                for row in chunkStart..<chunkEnd {
                    round(
                        x.row(xRows.row(row)) + inputs.lowerBound, inputs.count,
                        into: rounded + (row - chunkStart) * lines)
                }
                for column in stride(from: 0, to: weight.outputs, by: 32) {
                    let used = min(32, weight.outputs - column), isWide = used > 16
                    let origin = TileOrigin(start, bias, column: column, isFirstPart: firstPair == 0)
                    var row = chunkStart
                    while row < chunkEnd {
                        let size = evenBlock(of: chunkEnd - row)
                        let source = UnsafeRawPointer(rounded + (row - chunkStart) * lines)
                        BFloat16ProductTile(
                            source: source.assumingMemoryBound(to: UInt32.self), target: target, firstRow: row,
                            column: column, columns: used,
                            panel: weight.panel(at: column) + firstPair * (isWide ? 2 : 1), pairs: part, origin: origin
                        ).run(rows: size, isWide: isWide)
                        row += size
                    }
                }
            }
        }
    }
    // The tiles saw bare memory.
    withExtendedLifetime((x.storage, y.storage, xRows.index, yRows.index, weight, bias)) {}
}

/// Pairs of a row that are multiplied before the next part of it.
private var longestPart: Int { 1024 }

/// Pairs from one rounded row to the next. Always the same, so that a tile needs one address for all its rows, and an
/// odd number of lines, so that they do not share places of the first-level cache.
private var roundedRowPitch: Int { longestPart &+ 16 }

/// Rounds `count` numbers to pairs, an odd last one beside -0, which times zero changes not even the sign of a zero.
@inline(__always)
private func round(_ source: UnsafePointer<Float>, _ count: Int, into target: UnsafeMutablePointer<BFloat16Pairs>) {
    let whole = count / 32
    for i in 0..<whole { target[i] = cprocessor_bfloat16_row(source + 32 &* i) }
    if count % 32 > 0 {
        withUnsafeTemporaryAllocation(of: Float.self, capacity: 32) { memory in
            let rest = memory.baseAddress.unsafelyUnwrapped
            rest.initialize(repeating: -0.0, count: 32)
            rest.update(from: source + 32 &* whole, count: count % 32)
            target[whole] = cprocessor_bfloat16_row(rest)
        }
    }
}

/// The part of a product that one register tile computes.
private struct BFloat16ProductTile: RegisterTile {
    /// The rounded rows, `roundedRowPitch` apart.
    let source: UnsafePointer<UInt32>
    let target: RowAddresses<Float>
    let firstRow: Int, column: Int, columns: Int
    /// One or two vectors a pair.
    let panel: UnsafePointer<BFloat16Pairs>, pairs: Int
    let origin: TileOrigin<Float>

    /// `R` rows by `C` vectors of columns, accumulated in registers.
    @inline(__always)
    func tile<let R: Int, let C: Int>(_: TileShape<R, C>) {
        let target: InlineArray<R, UnsafeMutablePointer<Float>> = self.target.rows(from: firstRow)
        var left = InlineArray<R, SIMD16<Float>>(repeating: SIMD16<Float>()), right = left
        switch origin {
        case .zero: break
        case .bias(let first):
            left = InlineArray(repeating: first.vector())
            if C == 2 { right = InlineArray(repeating: (first + 16).vector()) }
        case .accumulate:
            for r in 0..<R {
                left[r] = (target[r] + column).vector()
                if C == 2 { right[r] = (target[r] + column + 16).vector() }
            }
        }
        var w = panel
        for k in 0..<pairs {
            let first = w[0], second = C == 2 ? w[1] : first
            cprocessor_prefetch(w + 64 &* C)
            if C == 2 { cprocessor_prefetch(w + (64 &* C &+ 1)) }
            w += C
            for r in 0..<R {
                let value = BFloat16Pairs(repeating: source[r &* roundedRowPitch &+ k])
                left[r] = BFloat16Arithmetic.adding(left[r], value, first)
                if C == 2 { right[r] = BFloat16Arithmetic.adding(right[r], value, second) }
            }
        }
        for r in 0..<R {
            (target[r] + column).store(left[r], first: columns)
            if C == 2 { (target[r] + column + 16).store(right[r], first: columns &- 16) }
        }
    }
}
