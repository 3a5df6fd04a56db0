import Kernels

/// The name, shape and first values of one parameter, and where it lies.
public struct ParameterSlice: Sendable {
    public let name: String
    /// `[inputs, outputs]` of a weight, `[outputs]` of a bias.
    public let shape: [Int]
    /// First element in the flat buffer.
    public let offset: Int
    public let initialValues: InitialValues
    /// What the checkpoint says of it beside its shape, such as the order of gates.
    public let note: String?
    /// So many first elements stand for the sum of two parameters with equal gradients (see `doubled`).
    public let doubledCount: Int
    /// How products round a weight.
    let precision: ProductPrecision
    /// Columns of a weight that products take together, group after group in panels of their own; none: row-major.
    let groups: [Range<Int>]

    public var count: Int { shape.reduce(1, *) }
}

extension ParameterSlice {
    /// Where a weight, or a group of its columns, lies in the flat buffer.
    ///
    /// - Parameter offset: First element of the weight in another buffer; nil: that of the parameters and gradients.
    func place(columns: Range<Int>? = nil, offset: Int? = nil) -> WeightPlace {
        let columns = columns ?? 0..<shape[1]
        precondition(groups.contains(columns), "a product takes a group of a weight's columns")
        return .panels(
            offset: (offset ?? self.offset) + shape[0] * columns.lowerBound, inputs: shape[0], outputs: columns.count)
    }

    /// Row-major values as a matrix, `[inputs, outputs]` or one row of all.
    package func matrix<Scalar: KernelScalar>(_ values: AlignedBuffer<Scalar>, offset: Int = 0) -> Matrix<Scalar> {
        Matrix(values, offset: offset, rows: shape.count == 2 ? shape[0] : 1, columns: shape.last ?? 1)
    }

    /// Puts row-major values in their places.
    ///
    /// - Parameter offset: First element of the parameter in another buffer; nil: that of the parameters.
    package func store<Scalar: KernelScalar>(
        _ values: Matrix<Scalar>, into buffer: AlignedBuffer<Scalar>, offset: Int? = nil
    ) {
        precondition(values.rows * values.columns == count, "values fill the parameter")
        if groups.isEmpty {
            let rows = RowSelection.all(values.rows)
            copyRows(values, rows: rows, into: matrix(buffer, offset: offset ?? self.offset), rows: rows)
        }
        for group in groups {
            PackedMatrix(buffer, place(columns: group, offset: offset)).pack(values.columns(group))
        }
    }

    /// Row-major values, in memory of their own.
    package func load<Scalar: KernelScalar>(from buffer: AlignedBuffer<Scalar>) -> Matrix<Scalar> {
        let values: Matrix<Scalar> = matrix(AlignedBuffer(count: count))
        if groups.isEmpty {
            let rows = RowSelection.all(values.rows)
            copyRows(matrix(buffer, offset: offset), rows: rows, into: values, rows: rows)
        }
        for group in groups { PackedMatrix(buffer, place(columns: group)).unpack(into: values.columns(group)) }
        return values
    }
}
