/// A view of a buffer as rows: row `r` begins at `offset + r · stride`.
///
/// Views share their storage: writing through one is seen by all.
public struct Matrix<Scalar: KernelScalar>: Sendable {
    public let storage: AlignedBuffer<Scalar>
    public let offset: Int
    public let rows: Int
    public let columns: Int
    /// Elements from one row to the next.
    public let stride: Int

    public init(_ storage: AlignedBuffer<Scalar>, offset: Int = 0, rows: Int, columns: Int, stride: Int? = nil) {
        let stride = stride ?? columns
        precondition(
            offset >= 0 && rows >= 0 && columns >= 0 && stride >= columns
                && (rows == 0 || offset + (rows - 1) * stride + columns <= storage.count),
            "a matrix must lie within its buffer")
        self.storage = storage
        self.offset = offset
        self.rows = rows
        self.columns = columns
        self.stride = stride
    }

    /// New zeros.
    public init(rows: Int, columns: Int) {
        self.init(AlignedBuffer(count: rows * columns), rows: rows, columns: columns)
    }

    /// The same rows, some of the columns.
    public func columns(_ range: Range<Int>) -> Matrix {
        precondition(range.lowerBound >= 0 && range.upperBound <= columns, "columns out of the matrix")
        return Matrix(storage, offset: offset + range.lowerBound, rows: rows, columns: range.count, stride: stride)
    }

    /// Some of the rows.
    public func rows(_ range: Range<Int>) -> Matrix {
        precondition(range.lowerBound >= 0 && range.upperBound <= rows, "rows out of the matrix")
        return Matrix(
            storage, offset: offset + range.lowerBound * stride, rows: range.count, columns: columns, stride: stride)
    }

    public subscript(row: Int, column: Int) -> Scalar {
        get {
            precondition(row >= 0 && row < rows && column >= 0 && column < columns, "element out of the matrix")
            return storage.pointer[offset + row * stride + column]
        }
        nonmutating set {
            precondition(row >= 0 && row < rows && column >= 0 && column < columns, "element out of the matrix")
            storage.pointer[offset + row * stride + column] = newValue
        }
    }

    @inline(__always) func row(_ index: Int) -> UnsafeMutablePointer<Scalar> {
        storage.pointer + (offset &+ index &* stride)
    }
}
