/// Numbers with a shape, row-major: the last index runs fastest.
public struct PortableTensor: Equatable, Sendable {
    public let shape: [Int]
    public var values: [Float]

    public init(shape: [Int], _ values: [Float]) {
        precondition(shape.reduce(1, *) == values.count, "values fill the tensor")
        self.shape = shape
        self.values = values
    }

    /// Rows and columns exchanged, of a matrix.
    public var transposed: PortableTensor {
        precondition(shape.count == 2, "a matrix has two extents")
        let (rows, columns) = (shape[0], shape[1])
        var result = [Float](repeating: 0, count: values.count)
        for row in 0..<rows {
            for column in 0..<columns { result[column * rows + row] = values[row * columns + column] }
        }
        return PortableTensor(shape: [columns, rows], result)
    }

    /// The stretches of the last dimension (gates) in another order: stretch `i` of the result is `order[i]` of this.
    public func gates(_ order: [Int]) -> PortableTensor {
        let width = shape.last ?? 0, size = width / max(order.count, 1)
        precondition(size * order.count == width, "gates fill the last dimension")
        var result = values
        for first in stride(from: 0, to: values.count, by: max(width, 1)) {
            for (place, gate) in order.enumerated() {
                let target = first + place * size, source = first + gate * size
                result.replaceSubrange(target..<target + size, with: values[source..<source + size])
            }
        }
        return PortableTensor(shape: shape, result)
    }
}
