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
        let size = R &* C
        if isRounded {
            for r in 0..<R {
                top[r] = left[r]
                if C == 2 { top[R &+ r] = right[r] }
            }
            foldRounded(leaf, size: size, onto: &top)
            return
        }
        var left = left, right = right
        for _ in 0..<mergesAfter[leaf] {
            top -= size
            for r in 0..<R {
                left[r] = top[r] + left[r]
                if C == 2 { right[r] = top[R &+ r] + right[r] }
            }
        }
        for r in 0..<R {
            top[r] = left[r]
            if C == 2 { top[R &+ r] = right[r] }
        }
        top += size
    }

    /// The same of a sum that lies on top of the stack. In memory, and by itself: in the tiles it would take registers
    /// from those who do not ask for it.
    @inline(never)
    private func foldRounded(_ leaf: Int, size: Int, onto top: inout UnsafeMutablePointer<Scalar.Vector>) {
        for i in 0..<size { top[i] = Scalar.roundedToBFloat16(top[i]) }
        for _ in 0..<mergesAfter[leaf] {
            top -= size
            for i in 0..<size { top[i] = Scalar.roundedToBFloat16(top[i] + top[size &+ i]) }
        }
        top += size
    }
}
