/// The leaves of a subtree, and how their sums fold.
struct LeafFold<Scalar: KernelScalar> {
    let count: Int, bounds: UnsafePointer<Int>
    private let mergesAfter: UnsafePointer<Int>, isRounded: Bool

    /// - Parameter range: The leaves of one subtree; `leaves` must outlive the fold.
    init(_ leaves: GradientLeaves, _ range: Range<Int>) {
        count = range.count
        bounds = UnsafePointer(leaves.bounds.pointer + range.lowerBound)
        mergesAfter = UnsafePointer(leaves.mergesAfter.pointer + range.lowerBound)
        isRounded = leaves.isRounded
    }

    /// Adds a leaf's sum to the stack of those that wait for their siblings: `left`, and `right` where `C` is 2.
    @inline(__always)
    func fold<let R: Int, let C: Int>(
        _: TileShape<R, C>, _ leaf: Int, _ left: InlineArray<R, Scalar.Vector>,
        _ right: InlineArray<R, Scalar.Vector>, onto top: inout UnsafeMutablePointer<Scalar.Vector>
    ) {
        var left = left, right = right, merges = mergesAfter[leaf]
        while true {
            if isRounded {
                for r in 0..<R {
                    left[r] = Scalar.roundedToBFloat16(left[r])
                    if C == 2 { right[r] = Scalar.roundedToBFloat16(right[r]) }
                }
            }
            if merges == 0 { break }
            merges &-= 1
            top -= R &* C
            for r in 0..<R {
                left[r] = top[r] + left[r]
                if C == 2 { right[r] = top[R &+ r] + right[r] }
            }
        }
        for r in 0..<R {
            top[r] = left[r]
            if C == 2 { top[R &+ r] = right[r] }
        }
        top += R &* C
    }
}
