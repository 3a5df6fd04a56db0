import Kernels

/// Layer normalisation of rows: `y = g · (x - μ) / √(σ² + ε) + b`, mean μ and variance σ² over a row.
///
/// The rows to normalise are written into `normalized`, in one go or time step by time step; `forward` then works
/// on them in place.
///
/// - Source: Ba, Kiros & Hinton 2016; ε = 10⁻⁵ as in PyTorch.
package final class LayerNormalization<Scalar: KernelScalar> {
    private let gain: ParameterSlice  // g [size]
    private let bias: ParameterSlice?  // b [size]
    /// The stretch of gain and bias that belongs to these columns.
    private let columns: Range<Int>
    private var inverseMemory = ReusedMatrix<Scalar>()
    private var inverseDeviations = Matrix<Scalar>(rows: 0, columns: 0)  // [row, 1]
    private var parameters = AlignedBuffer<Scalar>(count: 0)
    /// `[row, size]`: x, then x̂.
    private var normalized = Matrix<Scalar>(rows: 0, columns: 0)
    /// `[row, size]`: gradient of x.
    private var gradient = Matrix<Scalar>(rows: 0, columns: 0)

    /// - Parameters:
    ///   - gain: May hold those of other columns, too, which are normalised apart.
    ///   - bias: nil: the rows are added to something that has one.
    package init(gain: ParameterSlice, bias: ParameterSlice?, columns: Range<Int>) {
        self.gain = gain
        self.bias = bias
        self.columns = columns
    }

    /// Begins a pass.
    ///
    /// - Parameters:
    ///   - normalized: `[row, size]`, where the rows to normalise are, or will be before `forward` asks for them.
    ///   - gradient: `[row, size]`, receives the gradient of these rows.
    package func begin(_ normalized: Matrix<Scalar>, gradient: Matrix<Scalar>, _ parameters: Parameters<Scalar>) {
        self.normalized = normalized
        self.gradient = gradient
        self.parameters = parameters.dense
        inverseDeviations = inverseMemory.reshaped(rows: normalized.rows, columns: 1)
    }

    /// Normalises rows in place and writes them, scaled, to the same rows of `y`.
    ///
    /// - Parameter start: What is added to, for a layer without a bias of its own.
    package func forward(_ rows: Range<Int>, from start: ProductStart = .zero, into y: Matrix<Scalar>) {
        normalizeRows(normalized, rows: rows, inverseDeviations: inverseDeviations, epsilon: 1e-5)
        scaleNormalized(
            normalized, rows: rows, gain: parameters, offset: gain.offset + columns.lowerBound,
            from: bias.map { .bias(offset: $0.offset + columns.lowerBound) } ?? start, into: y)
    }

    /// Writes the gradient of the rows that were normalised.
    ///
    /// - Parameter d: `[row, size]`, gradient of what `forward` wrote.
    package func backward(_ rows: Range<Int>, _ d: Matrix<Scalar>) {
        normalizationGradient(
            d, normalized: normalized, inverseDeviations: inverseDeviations, rows: rows, gain: parameters,
            offset: gain.offset + columns.lowerBound, into: gradient)
    }

    /// Sums the gradients of gain and bias; the normalised rows are lost.
    ///
    /// - Parameters:
    ///   - d: As in `backward`.
    ///   - index: The row at each position of `leaves`.
    package func sumGradients(
        _ d: Matrix<Scalar>, index: AlignedBuffer<Int32>, leaves: GradientLeaves, into gradients: Gradients<Scalar>
    ) {
        multiplyElements(normalized, by: d, into: normalized)
        columnSums(
            normalized, index: index, leaves: leaves, into: gradients.dense, offset: gain.offset + columns.lowerBound)
        if let bias {
            columnSums(d, index: index, leaves: leaves, into: gradients.dense, offset: bias.offset + columns.lowerBound)
        }
    }
}
