import Kernels

/// Layer normalisation of rows: `y = g · (x - μ) / √(σ² + ε) + b`, mean μ and variance σ² over a row.
///
/// The rows to normalise are written into `normalized`, in one go or time step by time step, then `forward`
/// works on them in place. Columns may form groups that are normalised apart.
///
/// - Source: Ba, Kiros & Hinton 2016; ε = 10⁻⁵ as in PyTorch.
package final class LayerNormalization<Scalar: KernelScalar> {
    private let groups: [Range<Int>]
    private let size: Int
    private let gain: ParameterSlice  // g [size], ones at first
    private let bias: ParameterSlice?  // b [size]
    private var normalizedMemory = ReusedMatrix<Scalar>(), inverseMemory = ReusedMatrix<Scalar>()
    private var gradientMemory = ReusedMatrix<Scalar>()
    private var inverseDeviations = Matrix<Scalar>(rows: 0, columns: 0)  // [row, groups]
    /// `[row, size]`: x, then x̂.
    package private(set) var normalized = Matrix<Scalar>(rows: 0, columns: 0)
    /// `[row, size]`: gradient of x.
    package private(set) var gradient = Matrix<Scalar>(rows: 0, columns: 0)

    /// - Parameters:
    ///   - groups: Columns that are normalised apart, without gaps.
    ///   - hasBias: Whether it has a bias of its own; else `forward` adds to what is there.
    package init(name: String, groups: [Range<Int>], hasBias: Bool, note: String? = nil, layout: inout ParameterLayout) {
        self.groups = groups
        size = groups.last?.upperBound ?? 0
        gain = layout.add("\(name)_gain", shape: [size], .constant(1), note: note)
        bias = hasBias ? layout.add("\(name)_bias", shape: [size], .constant(0), note: note) : nil
    }

    /// Makes room for a pass over so many rows.
    package func begin(rows: Int) {
        normalized = normalizedMemory.reshaped(rows: rows, columns: size)
        inverseDeviations = inverseMemory.reshaped(rows: rows, columns: groups.count)
        gradient = gradientMemory.reshaped(rows: rows, columns: size)
    }

    /// Normalises rows of one group in place and adds them, scaled, to `start`.
    ///
    /// - Parameters:
    ///   - start: For a layer without a bias of its own.
    ///   - y: `[row, columns of the group]`; may not be `normalized`.
    package func forward(
        group: Int = 0, _ rows: Range<Int>, from start: ProductStart = .zero, into y: Matrix<Scalar>, _ parameters: Parameters<Scalar>
    ) {
        let columns = groups[group], x = normalized.columns(columns)
        normalizeRows(x, rows: rows, inverseDeviations: inverseDeviations.columns(group..<group + 1), epsilon: 1e-5)
        let first = columns.lowerBound
        scaleNormalized(
            x, rows: rows, gain: parameters.dense, offset: gain.offset + first,
            from: bias.map { .bias(offset: $0.offset + first) } ?? start, into: y)
    }

    /// Writes the gradient of x into `gradient`.
    ///
    /// - Parameter d: `[row, columns of the group]`, gradient of what `forward` added.
    package func backward(group: Int = 0, _ rows: Range<Int>, _ d: Matrix<Scalar>, _ parameters: Parameters<Scalar>) {
        let columns = groups[group]
        normalizationGradient(
            d, normalized: normalized.columns(columns), inverseDeviations: inverseDeviations.columns(group..<group + 1), rows: rows,
            gain: parameters.dense, offset: gain.offset + columns.lowerBound, into: gradient.columns(columns))
    }

    /// Sums the gradients of gain and bias; `normalized` is lost.
    ///
    /// - Parameters:
    ///   - d: As in `backward`.
    ///   - index: The row at each position of `leaves`.
    package func sumGradients(
        group: Int = 0, _ d: Matrix<Scalar>, index: AlignedBuffer<Int32>, leaves: GradientLeaves, into gradients: Gradients<Scalar>
    ) {
        let columns = groups[group], x = normalized.columns(columns)
        multiplyElements(x, by: d, into: x)
        columnSums(x, index: index, leaves: leaves, into: gradients.dense, offset: gain.offset + columns.lowerBound)
        if let bias { columnSums(d, index: index, leaves: leaves, into: gradients.dense, offset: bias.offset + columns.lowerBound) }
    }
}
