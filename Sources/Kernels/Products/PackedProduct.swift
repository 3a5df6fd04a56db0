internal import CProcessor

/// What a product is added to.
public enum ProductStart: Sendable {
    case zero
    /// A vector `[outputs]` at an offset of a buffer, the same for every row.
    case bias(offset: Int)
    /// What the result matrix holds.
    case accumulate
}

/// `y[row] = start + x[row] · w` for each selected row.
///
/// A result is one chain of fused multiply-adds in the order of the inputs, whatever the other rows are,
/// so that it never depends on them.
///
/// - Parameters:
///   - x: `[·, inputs]`, rows chosen by `xRows`.
///   - y: `[·, outputs]`, rows chosen by `yRows` (as many); no row twice.
///   - bias: The buffer that `ProductStart.bias` refers to.
@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
public func multiply<Scalar: KernelScalar>(
    _ x: Matrix<Scalar>, rows xRows: RowSelection, by weight: PackedMatrix<Scalar>, from start: ProductStart = .zero,
    bias: AlignedBuffer<Scalar>? = nil, into y: Matrix<Scalar>, rows yRows: RowSelection
) {
    precondition(
        x.columns == weight.inputs && y.columns == weight.outputs && xRows.count == yRows.count,
        "a product needs matching shapes")
    let count = xRows.count, lanes = Scalar.lanes
    if count == 0 || weight.outputs == 0 { return }
    let source = RowAddresses(x, xRows), target = RowAddresses(y, yRows)
    // A long row is taken in parts, sums waiting in y meanwhile, which changes no bit: a part of a panel then serves as
    // many rows as keep their parts of x in the second-level cache, instead of being read again for every few.
    let parts = max(1, (weight.inputs + 1023) / 1024), depth = max(1, (weight.inputs + parts - 1) / parts)
    let chunk = max(largestTile, 98_304 / depth)
    for firstInput in stride(from: 0, to: max(1, weight.inputs), by: depth) {
        let inputs = min(depth, weight.inputs - firstInput)
        for chunkStart in stride(from: 0, to: count, by: chunk) {
            let chunkEnd = min(count, chunkStart + chunk)
            for column in stride(from: 0, to: weight.outputs, by: 2 * lanes) {
                let used = min(2 * lanes, weight.outputs - column), panel = weight.place.panel(at: column, width: used)
                ProductTile.run(
                    rows: chunkStart..<chunkEnd, source: source, target: target, column: column, columns: used,
                    panel: weight.storage.pointer + (panel.first + firstInput * panel.stride), stride: panel.stride,
                    firstInput: firstInput, inputs: inputs,
                    origin: TileOrigin(start, bias, column: column, isFirstPart: firstInput == 0))
            }
        }
    }
    // The tiles saw bare memory.
    withExtendedLifetime((x.storage, y.storage, xRows.index, yRows.index, weight.storage, bias)) {}
}

/// `y[row] = start + x[row] · wᵀ` for each selected row.
///
/// The same chains of multiply-adds as with a transposed copy of the weight; a part of one is made on the way, for all
/// rows at once, so there should be many of them.
///
/// - Parameters:
///   - x: `[·, outputs]`, rows chosen by `xRows`.
///   - weight: `w`, `[inputs, outputs]`
///   - y: `[·, inputs]`, rows chosen by `yRows` (as many); no row twice.
///   - columns: Those of `y` to compute, beginning at a multiple of a panel's width; nil: all.
@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
public func multiply<Scalar: KernelScalar>(
    _ x: Matrix<Scalar>, rows xRows: RowSelection, byTransposeOf weight: PackedMatrix<Scalar>,
    from start: ProductStart = .zero, into y: Matrix<Scalar>, rows yRows: RowSelection, columns: Range<Int>? = nil
) {
    precondition(
        x.columns == weight.outputs && y.columns == weight.inputs && xRows.count == yRows.count,
        "a product needs matching shapes")
    let count = xRows.count, columns = columns ?? 0..<weight.inputs
    if count == 0 || columns.isEmpty { return }
    let source = RowAddresses(x, xRows), target = RowAddresses(y, yRows)
    // Parts of whole panels.
    let width = PackedMatrix<Scalar>.panelWidth
    let parts = max(1, (weight.outputs + 1023) / 1024)
    let depth = max(1, ((weight.outputs + parts - 1) / parts + width - 1) / width) * width
    withUnsafeTemporaryAllocation(of: Scalar.Vector.self, capacity: 2 * depth + 2) { memory in
        let panel = UnsafeMutableRawPointer(memory.baseAddress.unsafelyUnwrapped).assumingMemoryBound(to: Scalar.self)
        for firstInput in stride(from: 0, to: max(1, weight.outputs), by: depth) {
            let inputs = min(depth, weight.outputs - firstInput)
            for column in stride(from: columns.lowerBound, to: columns.upperBound, by: width) {
                let used = min(width, columns.upperBound - column)
                weight.copyTransposed(
                    inputs: column..<column + used, outputs: firstInput..<firstInput + inputs, into: panel)
                ProductTile.run(
                    rows: 0..<count, source: source, target: target, column: column, columns: used, panel: panel,
                    stride: used, firstInput: firstInput, inputs: inputs,
                    origin: TileOrigin(start, nil, column: column, isFirstPart: firstInput == 0))
            }
        }
    }
    // The tiles saw bare memory.
    withExtendedLifetime((x.storage, y.storage, xRows.index, yRows.index, weight.storage)) {}
}

/// Where selected rows begin, as bare addresses: passing matrices around in the inner loops would count references.
struct RowAddresses<Scalar: KernelScalar> {
    private let base: UnsafeMutablePointer<Scalar>
    private let stride: Int
    private let first: Int
    private let index: UnsafePointer<Int32>?

    init(_ matrix: Matrix<Scalar>, _ rows: RowSelection) {
        base = matrix.storage.pointer + matrix.offset
        stride = matrix.stride
        first = rows.first
        index = rows.index.map { UnsafePointer($0.pointer) }
    }

    /// The addresses of `R` rows from number `row` on. One loop for each kind, small enough to unroll.
    @inline(__always) func rows<let R: Int>(from row: Int) -> InlineArray<R, UnsafeMutablePointer<Scalar>> {
        var addresses = InlineArray<R, UnsafeMutablePointer<Scalar>>(repeating: base + (first &+ row) &* stride)
        if let index {
            for r in 0..<R { addresses[r] = base + Int(index[first &+ row &+ r]) &* stride }
        } else {
            for r in 1..<max(1, R) { addresses[r] = addresses[r &- 1] + stride }
        }
        return addresses
    }
}

/// The part of a product that one register tile computes.
private struct ProductTile<Scalar: KernelScalar>: RegisterTile {
    let source: RowAddresses<Scalar>, target: RowAddresses<Scalar>
    let firstRow: Int, column: Int, columns: Int
    let panel: UnsafePointer<Scalar>, stride: Int, firstInput: Int, inputs: Int
    let origin: TileOrigin<Scalar>

    /// The product of some rows with (a part of) a panel.
    @inline(__always)
    static func run(
        rows: Range<Int>, source: RowAddresses<Scalar>, target: RowAddresses<Scalar>, column: Int, columns: Int,
        panel: UnsafePointer<Scalar>, stride: Int, firstInput: Int, inputs: Int, origin: TileOrigin<Scalar>
    ) {
        var row = rows.lowerBound
        while row < rows.upperBound {
            let size = evenBlock(of: rows.upperBound - row)
            let tile = ProductTile(
                source: source, target: target, firstRow: row, column: column, columns: columns, panel: panel,
                stride: stride, firstInput: firstInput, inputs: inputs, origin: origin)
            tile.run(rows: size, isWide: columns > Scalar.lanes)
            row += size
        }
    }

    /// `R` rows by `C` vectors of columns, accumulated in registers.
    @inline(__always)
    func tile<let R: Int, let C: Int>(_: TileShape<R, C>) {
        let lanes = Scalar.lanes
        var source: InlineArray<R, UnsafeMutablePointer<Scalar>> = self.source.rows(from: firstRow)
        for r in 0..<R { source[r] += firstInput }
        let target: InlineArray<R, UnsafeMutablePointer<Scalar>> = self.target.rows(from: firstRow)
        var left = InlineArray<R, Scalar.Vector>(repeating: Scalar.Vector()), right = left
        switch origin {
        case .zero: break
        case .bias(let first):
            left = InlineArray(repeating: first.vector())
            if C == 2 { right = InlineArray(repeating: (first + lanes).vector()) }
        case .accumulate:
            for r in 0..<R {
                left[r] = (target[r] + column).vector()
                if C == 2 { right[r] = (target[r] + column + lanes).vector() }
            }
        }
        var w = panel
        for k in 0..<inputs {
            let first = w.vector(), second = C == 2 ? (w + lanes).vector() : first
            cprocessor_prefetch(w + 64 &* stride)
            if C == 2 { cprocessor_prefetch(w + 64 &* stride + lanes) }
            w += stride
            for r in 0..<R {
                let value = Scalar.Vector(repeating: source[r][k])
                left[r] = left[r].addingProduct(value, first)
                if C == 2 { right[r] = right[r].addingProduct(value, second) }
            }
        }
        if columns == C &* lanes {
            for r in 0..<R {
                (target[r] + column).store(left[r])
                if C == 2 { (target[r] + column + lanes).store(right[r]) }
            }
        } else {
            for r in 0..<R {
                (target[r] + column).store(left[r], first: columns)
                if C == 2 { (target[r] + column + lanes).store(right[r], first: columns &- lanes) }
            }
        }
    }
}
