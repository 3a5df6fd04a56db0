/// A weight matrix `[inputs, outputs]` in panels (see `WeightPlace`): a view of parameters, or memory of its own.
public struct PackedMatrix<Scalar: KernelScalar>: Sendable {
    let storage: AlignedBuffer<Scalar>
    let place: WeightPlace

    public var inputs: Int { place.inputs }
    public var outputs: Int { place.outputs }

    /// New zeros.
    public init(inputs: Int, outputs: Int) {
        self.init(AlignedBuffer(count: inputs * outputs), .panels(offset: 0, inputs: inputs, outputs: outputs))
    }

    /// What lies at a place of a buffer.
    public init(_ storage: AlignedBuffer<Scalar>, _ place: WeightPlace) {
        precondition(place.end <= storage.count, "a matrix must lie within its buffer")
        self.storage = storage
        self.place = place
    }

    /// Columns of a panel, but of the last.
    @inline(__always) public static var panelWidth: Int { 2 &* Scalar.lanes }

    /// Copies `weight` `[inputs, outputs]`.
    @specialized(where Scalar == Float)
    @specialized(where Scalar == Double)
    public func pack(_ weight: Matrix<Scalar>) {
        precondition(weight.rows == inputs && weight.columns == outputs, "a packed matrix keeps its shape")
        place.forEachPanel(of: Self.panelWidth) { column, width, first, stride in
            var target = storage.pointer + first
            for k in 0..<inputs {
                target.update(from: weight.row(k) + column, count: width)
                target += stride
            }
        }
    }

    /// Copies to `weight` `[inputs, outputs]`.
    @specialized(where Scalar == Float)
    @specialized(where Scalar == Double)
    public func unpack(into weight: Matrix<Scalar>) {
        precondition(weight.rows == inputs && weight.columns == outputs, "a packed matrix keeps its shape")
        place.forEachPanel(of: Self.panelWidth) { column, width, first, stride in
            var source = storage.pointer + first
            for k in 0..<inputs {
                (weight.row(k) + column).update(from: source, count: width)
                source += stride
            }
        }
    }

    /// Copies the transpose of `weight` `[outputs, inputs]`.
    @specialized(where Scalar == Float)
    @specialized(where Scalar == Double)
    public func packTransposed(_ weight: Matrix<Scalar>) {
        precondition(weight.columns == inputs && weight.rows == outputs, "a packed matrix keeps its shape")
        place.forEachPanel(of: Self.panelWidth) { column, width, first, stride in
            // A block stays in the first-level cache while all its rows are spread over it.
            for k in Swift.stride(from: 0, to: inputs, by: Self.panelWidth) {
                transpose(
                    UnsafePointer(weight.row(column) + k), stride: weight.stride, rows: width,
                    columns: min(Self.panelWidth, inputs &- k), into: storage.pointer + (first &+ k &* stride),
                    stride: stride)
            }
        }
    }

    /// Copies the transpose of `weight` `[outputs, inputs]`.
    @specialized(where Scalar == Float)
    @specialized(where Scalar == Double)
    public func packTransposed(_ weight: PackedMatrix<Scalar>) {
        precondition(weight.inputs == outputs && weight.outputs == inputs, "a packed matrix keeps its shape")
        place.forEachPanel(of: Self.panelWidth) { column, width, first, _ in
            weight.copyTransposed(
                inputs: column..<column &+ width, outputs: 0..<inputs, into: storage.pointer + first)
        }
    }

    /// Copies a transposed part, `[outputs][inputs]`, at most a panel's width of inputs.
    ///
    /// - Parameter outputs: They begin with a panel.
    @inline(__always)
    func copyTransposed(
        inputs: Range<Int>, outputs: Range<Int>, into target: UnsafeMutablePointer<Scalar>
    ) {
        var column = outputs.lowerBound
        while column < outputs.upperBound {
            let width = min(Self.panelWidth, self.outputs &- column), panel = place.panel(at: column, width: width)
            transpose(
                UnsafePointer(storage.pointer) + (panel.first &+ inputs.lowerBound &* panel.stride),
                stride: panel.stride, rows: inputs.count, columns: min(width, outputs.upperBound &- column),
                into: target + (column &- outputs.lowerBound) &* inputs.count, stride: inputs.count)
            column += width
        }
    }
}

/// `target[j][i] = source[i][j]` for a block that the first-level cache holds, in whole vectors as far as they go.
@inline(__always)
private func transpose<Scalar: KernelScalar>(
    _ source: UnsafePointer<Scalar>, stride: Int, rows: Int, columns: Int, into target: UnsafeMutablePointer<Scalar>,
    stride targetStride: Int
) {
    let lanes = Scalar.lanes, wholeRows = rows / lanes &* lanes, wholeColumns = columns / lanes &* lanes
    var i = 0
    while i < wholeRows {
        var j = 0
        while j < wholeColumns {
            Scalar.transpose(
                source + (i &* stride &+ j), stride: stride, into: target + (j &* targetStride &+ i),
                stride: targetStride)
            j += lanes
        }
        i += lanes
    }
    for i in 0..<rows {
        let row = source + i &* stride
        for j in (i < wholeRows ? wholeColumns : 0)..<columns { target[j &* targetStride &+ i] = row[j] }
    }
}
