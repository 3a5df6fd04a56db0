/// The sum of squares of some elements, in Double: blocks of 4,096 elements, each one chain a lane,
/// the blocks folded in a fixed binary tree, whatever the ranks and threads.
@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
public func squaredNorm<Scalar: KernelScalar>(_ x: AlignedBuffer<Scalar>, _ range: Range<Int>) -> Double {
    precondition(range.lowerBound >= 0 && range.upperBound <= x.count, "a norm is taken over elements of the buffer")
    var blocks: [Double] = []
    blocks.reserveCapacity(range.count / 4096 + 1)
    for first in stride(from: range.lowerBound, to: range.upperBound, by: 4096) {
        let end = min(range.upperBound, first + 4096)
        var sum = SIMD8<Double>()
        var i = first
        while i + 8 <= end {
            let p = x.pointer + i
            let value = SIMD8(
                Double(p[0]), Double(p[1]), Double(p[2]), Double(p[3]), Double(p[4]), Double(p[5]), Double(p[6]),
                Double(p[7]))
            sum.addProduct(value, value)
            i += 8
        }
        for lane in 0..<(end - i) {
            let value = Double(x.pointer[i + lane])
            sum[lane].addProduct(value, value)
        }
        blocks.append(((sum[0] + sum[1]) + (sum[2] + sum[3])) + ((sum[4] + sum[5]) + (sum[6] + sum[7])))
    }
    return treeSum(blocks[...])
}

/// Neighbours added pairwise, level by level.
package func treeSum(_ values: ArraySlice<Double>) -> Double {
    var level = Array(values)
    while level.count > 1 {
        level = stride(from: 0, to: level.count, by: 2).map {
            $0 + 1 < level.count ? level[$0] + level[$0 + 1] : level[$0]
        }
    }
    return level.first ?? 0
}
