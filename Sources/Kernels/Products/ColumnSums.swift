/// Sums over rows, `gradient = Σ d[row]`, per shard and folded in the tree: the gradient of a bias.
///
/// - Parameters: as for `weightGradient`; `[columns]` at `offset` of each subtree's buffer is overwritten.
@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
public func columnSums<Scalar: KernelScalar>(
    _ d: Matrix<Scalar>, index dIndex: AlignedBuffer<Int32>, leaves: GradientLeaves,
    into gradients: [AlignedBuffer<Scalar>], offset: Int
) {
    precondition(
        gradients.count == leaves.subtrees.count && gradients.allSatisfy { offset + d.columns <= $0.count },
        "a bias gradient needs room for its shape in every subtree")
    let lanes = Scalar.lanes
    withUnsafeTemporaryAllocation(of: Scalar.Vector.self, capacity: Int.bitWidth + 1) { stack in
        for (subtree, range) in leaves.subtrees.enumerated() where !range.isEmpty {
            var column = 0
            while column < d.columns {
                var depth = 0
                var sum = Scalar.Vector()
                for leaf in range {
                    if leaf > range.lowerBound {
                        stack[depth] = sum
                        depth += 1
                        sum = Scalar.Vector()
                    }
                    for p in leaves.bounds.pointer[leaf]..<leaves.bounds.pointer[leaf &+ 1] {
                        sum += (d.row(Int(dIndex.pointer[p])) + column).vector()
                    }
                    if leaves.isRounded { sum = Scalar.roundedToBFloat16(sum) }
                    for _ in 0..<leaves.mergesAfter.pointer[leaf] {
                        depth -= 1
                        sum = stack[depth] + sum
                        if leaves.isRounded { sum = Scalar.roundedToBFloat16(sum) }
                    }
                    // No negative zero: see `weightGradient`.
                    sum += Scalar.Vector()
                }
                (gradients[subtree].pointer + offset + column).store(sum, first: d.columns - column)
                column += lanes
            }
        }
    }
}
