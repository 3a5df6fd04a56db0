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
    // As many rows at a time as keep x in the second-level cache while all panels pass by.
    let chunk = max(largestTile, 49_152 / max(1, weight.inputs))
    var chunkStart = 0
    while chunkStart < count {
        let chunkEnd = min(count, chunkStart + chunk)
        var panel = UnsafePointer(weight.panels.pointer)
        var column = 0
        while column < weight.outputs {
            let used = min(2 * lanes, weight.outputs - column)
            let origin: ProductTile<Scalar>.Origin
            switch start {
            case .zero: origin = .zero
            case .accumulate: origin = .accumulate
            case .bias(let offset): origin = bias.map { .bias(UnsafePointer($0.pointer + offset + column)) } ?? .zero
            }
            var row = chunkStart
            while row < chunkEnd {
                // Even blocks: 20 rows are 10 and 10, not 10, 9 and 1.
                let left = chunkEnd - row
                let blocks = (left + largestTile - 1) / largestTile
                let size = (left + blocks - 1) / blocks
                let tile = ProductTile(
                    source: source, target: target, firstRow: row, column: column, columns: used, panel: panel,
                    inputs: weight.inputs, origin: origin)
                if used > lanes { tile.run(size) } else { tile.runNarrow(size) }
                row += size
            }
            panel += weight.inputs * (used > lanes ? 2 * lanes : lanes)
            column += 2 * lanes
        }
        chunkStart = chunkEnd
    }
    // The tiles saw bare memory.
    withExtendedLifetime((x.storage, y.storage, xRows.index, yRows.index, weight.panels, bias)) {}
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

    @inline(__always) subscript(i: Int) -> UnsafeMutablePointer<Scalar> {
        base + (index.map { Int($0[first &+ i]) } ?? first &+ i) &* stride
    }
}

/// The part of a product that one register tile computes.
private struct ProductTile<Scalar: KernelScalar> {
    let source: RowAddresses<Scalar>, target: RowAddresses<Scalar>
    let firstRow: Int, column: Int, columns: Int
    let panel: UnsafePointer<Scalar>, inputs: Int
    let origin: Origin

    enum Origin {
        case zero, accumulate
        /// The bias of the tile's first column.
        case bias(UnsafePointer<Scalar>)
    }

    @inline(__always) func run(_ rows: Int) {
        switch rows {
        case 1: tile(TileShape<1, 2>())
        case 2: tile(TileShape<2, 2>())
        case 3: tile(TileShape<3, 2>())
        case 4: tile(TileShape<4, 2>())
        case 5: tile(TileShape<5, 2>())
        case 6: tile(TileShape<6, 2>())
        case 7: tile(TileShape<7, 2>())
        case 8: tile(TileShape<8, 2>())
        case 9: tile(TileShape<9, 2>())
        default: tile(TileShape<10, 2>())
        }
    }

    @inline(__always) func runNarrow(_ rows: Int) {
        switch rows {
        case 1: tile(TileShape<1, 1>())
        case 2: tile(TileShape<2, 1>())
        case 3: tile(TileShape<3, 1>())
        case 4: tile(TileShape<4, 1>())
        case 5: tile(TileShape<5, 1>())
        case 6: tile(TileShape<6, 1>())
        case 7: tile(TileShape<7, 1>())
        case 8: tile(TileShape<8, 1>())
        case 9: tile(TileShape<9, 1>())
        default: tile(TileShape<10, 1>())
        }
    }

    /// `R` rows by `C` vectors of columns, accumulated in registers.
    @inline(__always)
    private func tile<let R: Int, let C: Int>(_: TileShape<R, C>) {
        let lanes = Scalar.lanes
        var source = InlineArray<R, UnsafePointer<Scalar>>(repeating: panel)
        var target = InlineArray<R, UnsafeMutablePointer<Scalar>>(repeating: self.target[firstRow])
        for r in 0..<R {
            source[r] = UnsafePointer(self.source[firstRow &+ r])
            target[r] = self.target[firstRow &+ r] + column
        }
        var left = InlineArray<R, Scalar.Vector>(repeating: Scalar.Vector()), right = left
        switch origin {
        case .zero: break
        case .bias(let first):
            left = InlineArray(repeating: first.vector())
            if C == 2 { right = InlineArray(repeating: (first + lanes).vector()) }
        case .accumulate:
            for r in 0..<R {
                left[r] = target[r].vector()
                if C == 2 { right[r] = (target[r] + lanes).vector() }
            }
        }
        var w = panel
        for k in 0..<inputs {
            let first = w.vector(), second = C == 2 ? (w + lanes).vector() : first
            w += C &* lanes
            for r in 0..<R {
                let value = Scalar.Vector(repeating: source[r][k])
                left[r] = left[r].addingProduct(value, first)
                if C == 2 { right[r] = right[r].addingProduct(value, second) }
            }
        }
        for r in 0..<R {
            target[r].store(left[r], first: columns)
            if C == 2 { (target[r] + lanes).store(right[r], first: columns &- lanes) }
        }
    }
}

/// The rows and vectors of columns of a register tile, as a type, so that its loops unroll.
struct TileShape<let R: Int, let C: Int> {}
