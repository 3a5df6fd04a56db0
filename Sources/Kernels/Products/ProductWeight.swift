/// How products round their operands; sums are always float32 (in `Double`, double).
public enum ProductPrecision: Sendable {
    case float32
    /// Operands rounded to bfloat16, nearest even.
    case bfloat16
}

/// A weight `w` `[inputs, outputs]` as products with it and with its transpose take it.
///
/// In float32 the panels of the parameters themselves, and, where few rows come at a time, a transposed copy; in
/// bfloat16 rounded copies of both. Copies are made once per optimizer step, and take no memory before the first.
public struct ProductWeight<Scalar: KernelScalar>: Sendable {
    public let precision: ProductPrecision
    private var panels: PackedMatrix<Scalar>
    private let fewRows: Bool
    private var transposed: PackedMatrix<Scalar>?
    private var rounded: (weight: BFloat16Panels, transposed: BFloat16Panels)?

    /// - Parameter fewRows: Products take the rows of one time step at a time.
    public init(precision: ProductPrecision, fewRows: Bool) {
        precondition(precision == .float32 || Scalar.self == Float.self, "rounded operands have float32 sums")
        (self.precision, self.fewRows) = (precision, fewRows)
        panels = PackedMatrix(inputs: 0, outputs: 0)
    }

    /// Takes over changed values; the panels are looked at until the next call.
    public mutating func take(_ panels: PackedMatrix<Scalar>) {
        self.panels = panels
        let (inputs, outputs) = (panels.inputs, panels.outputs)
        switch precision {
        case .float32:
            guard fewRows else { return }
            let copy = transposed ?? PackedMatrix(inputs: outputs, outputs: inputs)
            copy.packTransposed(panels)
            transposed = copy
        case .bfloat16:
            let values = unsafeBitCast(panels, to: PackedMatrix<Float>.self)
            let copies = rounded ?? (
                BFloat16Panels(inputs: inputs, outputs: outputs), BFloat16Panels(inputs: outputs, outputs: inputs)
            )
            copies.weight.pack(values)
            copies.transposed.packTransposed(values)
            rounded = copies
        }
    }

    /// `y[yRows i] = start + x[xRows i] · w`, on this thread alone.
    @specialized(where Scalar == Float)
    public func multiply(
        _ x: Matrix<Scalar>, rows xRows: RowSelection, from start: ProductStart, bias: AlignedBuffer<Scalar>? = nil,
        into y: Matrix<Scalar>, rows yRows: RowSelection
    ) {
        guard let rounded else {
            return Kernels.multiply(x, rows: xRows, by: panels, from: start, bias: bias, into: y, rows: yRows)
        }
        Kernels.multiply(
            x.float, rows: xRows, by: rounded.weight, from: start,
            bias: bias.map { unsafeDowncast($0, to: AlignedBuffer<Float>.self) }, into: y.float, rows: yRows)
    }

    /// `dx[xRows i] = start + d[dRows i] · wᵀ`, on this thread alone.
    @specialized(where Scalar == Float)
    public func multiplyTransposed(
        _ d: Matrix<Scalar>, rows dRows: RowSelection, from start: ProductStart, into dx: Matrix<Scalar>,
        rows xRows: RowSelection
    ) {
        if let rounded {
            Kernels.multiply(
                d.float, rows: dRows, by: rounded.transposed, from: start, into: dx.float, rows: xRows)
        } else if let transposed {
            Kernels.multiply(d, rows: dRows, by: transposed, from: start, into: dx, rows: xRows)
        } else {
            Kernels.multiply(d, rows: dRows, byTransposeOf: panels, from: start, into: dx, rows: xRows)
        }
    }

    /// `dx[xRows i] = start + d[dRows i] · wᵀ`.
    public func multiplyTransposed(
        _ d: Matrix<Scalar>, rows dRows: RowSelection, from start: ProductStart, into dx: Matrix<Scalar>,
        rows xRows: RowSelection, team: ThreadTeam
    ) {
        if rounded == nil && transposed == nil {
            // Threads share what one of them would transpose on the way.
            team.split(panels.inputs, grain: PackedMatrix<Scalar>.panelWidth) {
                Kernels.multiply(d, rows: dRows, byTransposeOf: panels, from: start, into: dx, rows: xRows, columns: $0)
            }
        } else {
            team.split(dRows.count, grain: 8) {
                multiplyTransposed(d, rows: dRows.part($0), from: start, into: dx, rows: xRows.part($0))
            }
        }
    }
}

/// `weightGradient` with operands of some precision, its inputs split over the team's threads.
public func weightGradient<Scalar: KernelScalar>(
    _ x: Matrix<Scalar>, index xIndex: AlignedBuffer<Int32>, _ d: Matrix<Scalar>, index dIndex: AlignedBuffer<Int32>,
    leaves: GradientLeaves, into gradients: [AlignedBuffer<Scalar>], at place: WeightPlace, sumsOffset: Int? = nil,
    precision: ProductPrecision, team: ThreadTeam
) {
    team.split(x.columns, grain: 8) { range in
        let sumsOffset = range.lowerBound == 0 ? sumsOffset : nil
        switch precision {
        case .float32:
            weightGradient(
                x, index: xIndex, d, index: dIndex, leaves: leaves, inputRange: range, into: gradients, at: place,
                sumsOffset: sumsOffset)
        case .bfloat16:
            bfloat16WeightGradient(
                x.float, index: xIndex, d.float, index: dIndex, leaves: leaves, inputRange: range,
                into: gradients.map { unsafeDowncast($0, to: AlignedBuffer<Float>.self) }, at: place,
                sumsOffset: sumsOffset)
        }
    }
}

extension Matrix {
    /// This matrix, which is known to hold `Float`.
    fileprivate var float: Matrix<Float> {
        precondition(Scalar.self == Float.self, "rounded operands have float32 sums")
        return unsafeBitCast(self, to: Matrix<Float>.self)
    }
}
