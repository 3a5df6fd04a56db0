import Foundation
import Kernels
import RecurrentNetworks
import TestSupport
import XCTest

/// Rows of a layer that works on rows, spread over shards, and the sums over them.
struct ShardedRows {
    /// The shard of each row.
    let shards: [Int]

    /// The rows of some subtrees in the order a rank holds them, with their leaves.
    func part(_ subtrees: [Range<Int>]) -> (rows: [Int], index: AlignedBuffer<Int32>, leaves: GradientLeaves) {
        // Interleaved: a rank's rows do not lie shard after shard.
        let rows = shards.indices.filter { row in subtrees.contains { $0.contains(shards[row]) } }
        let byShard = rows.indices.sorted { (shards[rows[$0]], $0) < (shards[rows[$1]], $1) }
        var present: [Int] = [], bounds: [Int] = []
        for (place, row) in byShard.enumerated() where present.last != shards[rows[row]] {
            present.append(shards[rows[row]])
            bounds.append(place)
        }
        return (
            rows, AlignedBuffer(byShard.map { Int32($0) }),
            GradientLeaves(shards: present, bounds: bounds + [rows.count], subtreeShards: ShardSubtrees(subtrees))
        )
    }

    /// Sums gradients of dense parameters over ranks as they would: per subtree, then in the tree.
    func sum<Scalar: KernelScalar>(
        ranks: Int, of count: Int, _ layout: ParameterLayout,
        _ body: (_ rows: [Int], _ index: AlignedBuffer<Int32>, _ leaves: GradientLeaves, _ gradients: Gradients<Scalar>)
            -> Void
    ) -> [Scalar] {
        var known: [(Range<Int>, [Scalar]?)] = []
        for rank in 0..<ranks {
            let subtrees = SummationTree.subtrees(of: rank * count / ranks..<(rank + 1) * count / ranks)
            let (rows, index, leaves) = part(subtrees)
            let gradients = Gradients<Scalar>(layout, subtrees: subtrees.count)
            // What an earlier step left must not matter.
            for buffer in gradients.dense { for i in 0..<buffer.count { buffer[i] = 9 } }
            body(rows, index, leaves, gradients)
            for (number, subtree) in subtrees.enumerated() {
                known.append((subtree, leaves.subtrees[number].isEmpty ? nil : Array(gradients.dense[number].elements)))
            }
        }
        return fold(0..<count, known) ?? []
    }

    private func fold<Scalar: KernelScalar>(_ range: Range<Int>, _ known: [(Range<Int>, [Scalar]?)]) -> [Scalar]? {
        if let found = known.first(where: { $0.0 == range }) { return found.1 }
        if range.count == 1 { return nil }
        let middle = (range.lowerBound + range.upperBound) / 2
        let left = fold(range.lowerBound..<middle, known), right = fold(middle..<range.upperBound, known)
        guard let left, let right else { return left ?? right }
        return zip(left, right).map { $0 + $1 }
    }
}

/// A parameter with its gradient, as the references hold it.
struct ReferenceParameter: Decodable {
    var name: String, shape: [Int], values: [Double], gradient: [Double]

    static func fill<Scalar: KernelScalar>(_ parameters: Parameters<Scalar>, from references: [ReferenceParameter])
        throws
    {
        XCTAssertEqual(parameters.layout.dense.map(\.name), references.map(\.name))
        for (slice, reference) in zip(parameters.layout.dense, references) {
            XCTAssertEqual(slice.shape, reference.shape, slice.name)
            slice.set(reference.values, in: parameters.dense)
        }
    }
}

func readReferences<Value: Decodable>(_ name: String, _: Value.Type) throws -> Value {
    let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Parity")
    return try JSONDecoder().decode(Value.self, from: Data(contentsOf: folder.appendingPathComponent(name)))
}

extension Matrix {
    init(_ values: [Double], rows: Int) {
        self.init(AlignedBuffer(values.map { Scalar($0) }), rows: rows, columns: values.count / max(1, rows))
    }

    /// Row-major.
    var doubles: [Double] { (0..<rows).flatMap { row in (0..<columns).map { Double(self[row, $0]) } } }

    func selecting(_ rows: [Int]) -> Matrix {
        let result = Matrix(rows: rows.count, columns: columns)
        for (i, row) in rows.enumerated() { for j in 0..<columns { result[i, j] = self[row, j] } }
        return result
    }
}

/// Five-point stencil: the error is of fourth order in the step.
func derivative(_ storage: AlignedBuffer<Double>, _ i: Int, step h: Double = 1e-4, _ f: () -> Double) -> Double {
    let kept = storage[i]
    func at(_ x: Double) -> Double {
        storage[i] = x
        defer { storage[i] = kept }
        return f()
    }
    return (8 * (at(kept + h) - at(kept - h)) - (at(kept + 2 * h) - at(kept - 2 * h))) / (12 * h)
}
