/// The squashing functions of an Elman cell and of dense layers.
public enum ActivationFunction: String, Sendable, CaseIterable {
    case tanh, relu, sigmoid

    @inline(__always) func value<Scalar: KernelScalar>(_ x: Scalar.Vector, _: Scalar.Type) -> Scalar.Vector {
        switch self {
        case .tanh: Scalar.hyperbolicTangent(x)
        case .relu: Scalar.rectified(x)
        case .sigmoid: Scalar.sigmoid(x)
        }
    }

    /// The derivative, written in the function's value.
    @inline(__always) func derivative<Scalar: KernelScalar>(at y: Scalar.Vector, _: Scalar.Type) -> Scalar.Vector {
        switch self {
        case .tanh: 1 - y * y
        case .relu: Scalar.isPositive(y)
        case .sigmoid: y * (1 - y)
        }
    }
}

/// `y = f(x)`, row by row.
@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
public func activate<Scalar: KernelScalar>(
    _ function: ActivationFunction, _ x: Matrix<Scalar>, firstRow: Int, into y: Matrix<Scalar>, firstRow yFirst: Int,
    count: Int
) {
    for r in 0..<count {
        let source = x.row(firstRow &+ r), target = y.row(yFirst &+ r)
        for j in stride(from: 0, to: x.columns, by: Scalar.lanes) {
            (target + j).store(function.value((source + j).vector(), Scalar.self), first: x.columns &- j)
        }
    }
}

/// `dx = (d + carry) · f′`, the derivative taken at the value `y = f(x)`.
///
/// - Parameters:
///   - carry: Gradient from the next time step, `[sequence, columns]`; nil: none.
@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
public func activationGradient<Scalar: KernelScalar>(
    _ function: ActivationFunction, at y: Matrix<Scalar>, firstRow yFirst: Int, _ d: Matrix<Scalar>,
    firstRow dFirst: Int,
    carry: Matrix<Scalar>?, firstSequence: Int = 0, into dx: Matrix<Scalar>, firstRow: Int, count: Int
) {
    for r in 0..<count {
        let value = y.row(yFirst &+ r), gradient = d.row(dFirst &+ r), target = dx.row(firstRow &+ r)
        let carried = carry?.row(firstSequence &+ r)
        for j in stride(from: 0, to: dx.columns, by: Scalar.lanes) {
            var total = (gradient + j).vector()
            if let carried { total += (carried + j).vector() }
            let result = total * function.derivative(at: (value + j).vector(), Scalar.self)
            (target + j).store(result, first: dx.columns &- j)
        }
    }
}
