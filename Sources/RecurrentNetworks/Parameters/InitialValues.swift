import Kernels

/// How a parameter begins.
public indirect enum InitialValues: Sendable {
    case constant(Double)
    /// Uniform in ±limit; `draws` independent numbers are added (PyTorch keeps two biases where we keep their sum).
    case uniform(limit: Double, draws: Int = 1)
    case normal(deviation: Double)
    /// Uniform in ±√(6 / (fan in + fan out)). Source: Glorot & Bengio 2010.
    case glorotUniform
    /// Orthonormal rows or columns, whichever are fewer. Source: Saxe et al. 2014, as in Keras.
    case orthogonal
    /// Values that differ from one stretch of the last dimension to the next.
    case parts([(count: Int, values: InitialValues)])
    /// Given values, row-major.
    case given([Float])

    /// The values of a parameter, row-major; a network in `Double`, too, begins with numbers that `Float` has.
    public func values(shape: [Int], name: String, seed: UInt64) -> [Float] {
        let count = shape.reduce(1, *)
        let stream = RandomStream(seed: seed, purpose: .initialization, index: nameHash(name))
        switch self {
        case .constant(let value):
            return [Float](repeating: Float(value), count: count)
        case .uniform(let limit, let draws):
            return (0..<count).map { element in
                Float((0..<draws).reduce(0) { $0 + (2 * stream.uniform(UInt64(element), UInt32($1)) - 1) * limit })
            }
        case .normal(let deviation):
            return (0..<count).map { Float(deviation * stream.normal(UInt64($0))) }
        case .glorotUniform:
            let limit = (6 / Double(shape.reduce(0, +))).squareRoot()
            return InitialValues.uniform(limit: limit).values(shape: shape, name: name, seed: seed)
        case .orthogonal:
            precondition(shape.count == 2, "an orthogonal parameter is a matrix")
            return orthogonalMatrix(rows: shape[0], columns: shape[1]) { stream.normal(UInt64($0)) }.map { Float($0) }
        case .parts(let parts):
            let width = shape.last ?? 0
            precondition(parts.reduce(0) { $0 + $1.count } == width, "the parts fill the last dimension")
            var result = [Float](repeating: 0, count: count)
            var first = 0
            for (number, part) in parts.enumerated() {
                let partShape = shape.dropLast() + [part.count]
                let values = part.values.values(shape: Array(partShape), name: "\(name)#\(number)", seed: seed)
                for (i, value) in values.enumerated() {
                    result[i / part.count * width + first + i % part.count] = value
                }
                first += part.count
            }
            return result
        case .given(let values):
            precondition(values.count == count, "given values fill the parameter")
            return values
        }
    }
}

/// FNV-1a, 64 bits: a parameter's numbers do not depend on which other parameters there are.
func nameHash(_ name: String) -> UInt64 {
    name.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
}

/// A matrix with orthonormal rows (or columns, if there are fewer), from normal numbers by modified
/// Gram–Schmidt, twice for accuracy. Positive norms make it the Q of the QR decomposition with positive
/// diagonal, as Keras has it. Own code, since LAPACK's bits depend on the CPU.
package func orthogonalMatrix(rows: Int, columns: Int, _ normal: (Int) -> Double) -> [Double] {
    let vectors = min(rows, columns), length = max(rows, columns)
    var q = (0..<vectors).map { v in (0..<length).map { normal($0 * vectors + v) } }
    for v in 0..<vectors {
        for _ in 0..<2 {
            for u in 0..<v {
                var dot = 0.0
                for i in 0..<length { dot += q[u][i] * q[v][i] }
                for i in 0..<length { q[v][i] -= dot * q[u][i] }
            }
        }
        var square = 0.0
        for i in 0..<length { square += q[v][i] * q[v][i] }
        let factor = 1 / square.squareRoot()
        for i in 0..<length { q[v][i] *= factor }
    }
    var result = [Double](repeating: 0, count: rows * columns)
    for v in 0..<vectors {
        for i in 0..<length { result[rows <= columns ? v * columns + i : i * columns + v] = q[v][i] }
    }
    return result
}
