// One squashing function a loop: where several stand in one, the compiler calls them and spills registers around it.

/// `z = σ(z)` over a stretch of a row.
@inline(__always)
func applySigmoid<Scalar: KernelScalar>(_ z: UnsafeMutablePointer<Scalar>, count: Int) {
    for j in stride(from: 0, to: count, by: Scalar.lanes) {
        (z + j).store(Scalar.sigmoid((z + j).vector()), first: count &- j)
    }
}

/// `z = tanh z` over a stretch of a row.
@inline(__always)
func applyTanh<Scalar: KernelScalar>(_ z: UnsafeMutablePointer<Scalar>, count: Int) {
    for j in stride(from: 0, to: count, by: Scalar.lanes) {
        (z + j).store(Scalar.hyperbolicTangent((z + j).vector()), first: count &- j)
    }
}
