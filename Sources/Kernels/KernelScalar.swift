/// A floating-point type that every kernel is compiled for: `Float`, which trains, and `Double`, which
/// checks gradients. Both run the same source; only the width of a vector differs.
public protocol KernelScalar: BinaryFloatingPoint, SIMDScalar, BitwiseCopyable, Sendable, Codable {
    /// The unit of work of a loop: 64 bytes.
    associatedtype Vector: SIMD & BitwiseCopyable & Sendable where Vector.Scalar == Self

    /// `eˣ`, lane by lane.
    static func exponential(_ x: Vector) -> Vector
    /// Hyperbolic tangent, lane by lane.
    static func hyperbolicTangent(_ x: Vector) -> Vector
    /// Natural logarithm of positive, normal numbers, lane by lane.
    static func naturalLogarithm(_ x: Vector) -> Vector
}

extension Float: KernelScalar { public typealias Vector = SIMD16<Float> }
extension Double: KernelScalar { public typealias Vector = SIMD8<Double> }

extension KernelScalar {
    /// Scalars in a vector.
    @inline(__always) static var lanes: Int { MemoryLayout<Vector>.size / MemoryLayout<Self>.size }

    /// Logistic function `1 / (1 + e⁻ˣ)`.
    @inline(__always) package static func sigmoid(_ x: Vector) -> Vector {
        1 / (1 + exponential(-x))
    }

    /// The scalar form of the vector logarithm, so that both give the same bits.
    package static func naturalLogarithm(of x: Self) -> Self { naturalLogarithm(Vector(repeating: x))[0] }
}

extension UnsafePointer where Pointee: KernelScalar {
    /// The vector that begins here; the address need not be aligned.
    @inline(__always) func vector() -> Pointee.Vector {
        UnsafeRawPointer(self).loadUnaligned(as: Pointee.Vector.self)
    }
}

extension UnsafeMutablePointer where Pointee: KernelScalar {
    @inline(__always) func vector() -> Pointee.Vector { UnsafePointer(self).vector() }

    @inline(__always) func store(_ v: Pointee.Vector) {
        UnsafeMutableRawPointer(self).storeBytes(of: v, as: Pointee.Vector.self)
    }

    /// Stores the first `count` lanes, all of them when there are fewer.
    @inline(__always) func store(_ v: Pointee.Vector, first count: Int) {
        if count >= Pointee.lanes { store(v) } else { storePart(v, count) }
    }

    private func storePart(_ v: Pointee.Vector, _ count: Int) {
        withUnsafeBytes(of: v) { lanes in
            UnsafeMutableRawPointer(self).copyMemory(
                from: lanes.baseAddress.unsafelyUnwrapped, byteCount: count * MemoryLayout<Pointee>.stride)
        }
    }
}
