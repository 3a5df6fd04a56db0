import Kernels

/// Numbers for tests: each draw follows from the seed and the draws before it.
struct RandomNumbers {
    private let stream: RandomStream
    private var drawn: UInt64 = 0

    init(seed: UInt64) { stream = RandomStream(seed: seed, purpose: .sampling) }

    /// Uniform in ±1.
    mutating func number<Scalar: KernelScalar>() -> Scalar {
        drawn += 1
        return Scalar(2 * stream.uniform(drawn) - 1)
    }

    mutating func whole(below bound: Int) -> Int {
        drawn += 1
        return Int(stream.uniform(drawn) * Double(bound))
    }

    mutating func happens(_ probability: Double) -> Bool {
        drawn += 1
        return stream.uniform(drawn) < probability
    }

    mutating func shuffled<Element>(_ elements: [Element]) -> [Element] {
        var result = elements
        for i in result.indices.reversed() { result.swapAt(i, whole(below: i + 1)) }
        return result
    }

    mutating func numbers<Scalar: KernelScalar>(_ count: Int) -> [Scalar] { (0..<count).map { _ in number() } }

    /// A view into a larger buffer of random numbers: rows wider than the matrix, numbers on all sides.
    mutating func matrix<Scalar: KernelScalar>(rows: Int, columns: Int) -> Matrix<Scalar> {
        let around = Matrix<Scalar>(
            AlignedBuffer(numbers((rows + 2) * (columns + 5))), rows: rows + 2, columns: columns + 5)
        return around.rows(1..<rows + 1).columns(3..<columns + 3)
    }
}

extension Matrix {
    /// Row-major.
    var elements: [Scalar] { (0..<rows).flatMap { row in (0..<columns).map { self[row, $0] } } }
}

extension KernelScalar {
    /// Bits, in which -0 differs from 0 and a NaN equals itself.
    var bits: UInt64 {
        if let float = self as? Float { return UInt64(float.bitPattern) }
        if let double = self as? Double { return double.bitPattern }
        preconditionFailure("a kernel scalar is Float or Double")
    }
}

extension Sequence where Element: KernelScalar {
    var bits: [UInt64] { map(\.bits) }
    var hasNegativeZero: Bool { contains { $0 == 0 && $0.sign == .minus } }
}
