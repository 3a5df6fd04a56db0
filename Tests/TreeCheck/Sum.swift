import MessagePassing

/// A tree sum, and what it does to each node's sum.
struct Sum<Scalar: TreeScalar & BinaryFloatingPoint> {
    /// Of a number under way.
    let bytes: Int
    let rounding: (Scalar) -> Scalar
    let reduce: (TreeReduction, [TreeReduction.Addends<Scalar>], [Bool]) throws -> Void

    static var exact: Sum {
        Sum(bytes: MemoryLayout<Scalar>.stride, rounding: { $0 }) { try $0.allReduce($1, present: $2) }
    }
}

extension Sum<Float> {
    static var rounded: Sum {
        Sum(
            bytes: 2,
            rounding: { x in
                // Eight significant bits. No sum is a negative zero.
                if x.magnitude < .leastNormalMagnitude { return 0 }
                let unit = Float(sign: .plus, exponent: x.exponent - 7, significand: 1)
                return (x / unit).rounded(.toNearestOrEven) * unit
            }, reduce: { try $0.allReduceRounded($1, present: $2) })
    }
}
