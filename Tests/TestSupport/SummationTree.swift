import Kernels
import RecurrentNetworks

/// The summation tree over shards, as plainly as it can be written.
package enum SummationTree {
    /// The maximal aligned subtrees of a contiguous range of shards.
    package static func subtrees(of range: Range<Int>) -> [Range<Int>] {
        var result: [Range<Int>] = []
        var first = range.lowerBound
        while first < range.upperBound {
            var size = 1
            while first % (2 * size) == 0 && first + 2 * size <= range.upperBound { size *= 2 }
            result.append(first..<first + size)
            first += size
        }
        return result
    }

    /// The subtrees of each of `ranks` ranks that share `shards` shards.
    package static func subtrees(shards: Int, ranks: Int) -> [[Range<Int>]] {
        (0..<ranks).map { subtrees(of: $0 * shards / ranks..<($0 + 1) * shards / ranks) }
    }

    /// Node = left + right; what is absent is skipped.
    ///
    /// - Parameter known: What a node is if that is known, which it must be for every leaf: a sum, or nil where it is
    ///   absent.
    package static func fold<Sum>(
        _ range: Range<Int>, adding: (Sum, Sum) -> Sum, _ known: (Range<Int>) -> Sum??
    ) -> Sum? {
        if let found = known(range) { return found }
        if range.count == 1 { return nil }
        let middle = (range.lowerBound + range.upperBound) / 2
        let left = fold(range.lowerBound..<middle, adding: adding, known)
        let right = fold(middle..<range.upperBound, adding: adding, known)
        guard let left, let right else { return left ?? right }
        return adding(left, right)
    }

    /// The whole tree from the gradients that ranks have summed for their subtrees, one array per parameter.
    package static func fold<Scalar: KernelScalar>(
        _ range: Range<Int>, _ sums: [(Range<Int>, [[Scalar]]?)]
    ) -> [[Scalar]]? {
        fold(range, adding: { zip($0, $1).map { zip($0, $1).map { $0 + $1 } } }) { node in
            sums.first { $0.0 == node }.map(\.1)
        }
    }
}

extension Gradients {
    /// What one subtree has summed, one array per parameter: dense ones, then tables in full.
    package func tensors(subtree: Int, _ layout: ParameterLayout) -> [[Scalar]] {
        layout.dense.map { slice in Array(dense[subtree].elements[slice.offset..<slice.offset + slice.count]) }
            + zip(layout.tables, tables).map { table, sparse in
                var full = [Scalar](repeating: 0, count: table.rows * table.width)
                for (row, id) in sparse[subtree].ids.enumerated() {
                    for c in 0..<table.width { full[Int(id) * table.width + c] = sparse[subtree].rows[row, c] }
                }
                return full
            }
    }
}

extension ParameterSlice {
    /// Row-major values of what lies in the order of the flat buffer.
    package func rowMajor<Scalar: KernelScalar>(_ stored: [Scalar]) -> [Scalar] {
        let values = load(from: AlignedBuffer([Scalar](repeating: 0, count: offset) + stored)).storage
        return withExtendedLifetime(values) { Array(values.elements) }
    }

    /// Stores row-major values.
    package func set<Scalar: KernelScalar>(_ values: [Double], in buffer: AlignedBuffer<Scalar>) {
        store(matrix(AlignedBuffer(values.map { Scalar($0) })), into: buffer)
    }
}
