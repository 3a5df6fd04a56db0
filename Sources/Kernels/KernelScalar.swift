internal import CProcessor

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

    // Comparisons are written per type: in generic code the standard library compares lane by lane.

    /// `x` where it is positive, else 0.
    static func rectified(_ x: Vector) -> Vector
    /// 1 where `x` is positive, else 0.
    static func isPositive(_ x: Vector) -> Vector
    /// The larger of each lane; `a` where `b` is not a number.
    static func maximum(_ a: Vector, _ b: Vector) -> Vector
    /// Whether a lane of `x` equals `value`.
    static func contains(_ x: Vector, _ value: Self) -> Bool
    /// `x`, but (positive) 0 where its magnitude is below `limit`.
    static func withoutTiny(_ x: Vector, limit: Self) -> Vector
    /// Square root, lane by lane.
    static func squareRoot(_ x: Vector) -> Vector
    /// `x` rounded to bfloat16 (see `CProcessorBFloat16.h`), without negative zeros; `Double` stays as it is.
    static func roundedToBFloat16(_ x: Vector) -> Vector
    /// Transposes a block of as many rows and columns as a vector has lanes, rows `stride` and `targetStride` apart.
    static func transpose(
        _ source: UnsafePointer<Self>, stride: Int, into target: UnsafeMutablePointer<Self>, stride targetStride: Int)
    /// The vector that begins at an address, which need not be aligned.
    static func vector(at address: UnsafePointer<Self>) -> Vector
}

extension Float: KernelScalar {
    public typealias Vector = SIMD16<Float>

    @inline(__always) public static func rectified(_ x: SIMD16<Float>) -> SIMD16<Float> {
        SIMD16<Float>().replacing(with: x, where: x .> 0)
    }
    @inline(__always) public static func isPositive(_ x: SIMD16<Float>) -> SIMD16<Float> {
        SIMD16<Float>().replacing(with: 1, where: x .> 0)
    }
    @inline(__always) public static func maximum(_ a: SIMD16<Float>, _ b: SIMD16<Float>) -> SIMD16<Float> {
        a.replacing(with: b, where: b .> a)
    }
    @inline(__always) public static func contains(_ x: SIMD16<Float>, _ value: Float) -> Bool {
        any(x .== SIMD16<Float>(repeating: value))
    }
    @inline(__always) public static func vector(at address: UnsafePointer<Float>) -> SIMD16<Float> {
        cprocessor_float16(address)
    }
    @inline(__always) public static func roundedToBFloat16(_ x: SIMD16<Float>) -> SIMD16<Float> {
        cprocessor_bfloat16_rounded(x)
    }
    @inline(__always) public static func transpose(
        _ source: UnsafePointer<Float>, stride: Int, into target: UnsafeMutablePointer<Float>,
        stride targetStride: Int
    ) {
        cprocessor_transpose16(source, stride, target, targetStride)
    }
    @inline(__always) public static func squareRoot(_ x: SIMD16<Float>) -> SIMD16<Float> { cprocessor_root16(x) }
    @inline(__always) public static func withoutTiny(_ x: SIMD16<Float>, limit: Float) -> SIMD16<Float> {
        let magnitude = unsafeBitCast(unsafeBitCast(x, to: SIMD16<UInt32>.self) & 0x7FFF_FFFF, to: SIMD16<Float>.self)
        return x.replacing(with: SIMD16<Float>(), where: magnitude .< limit)
    }
}

extension Double: KernelScalar {
    public typealias Vector = SIMD8<Double>

    @inline(__always) public static func rectified(_ x: SIMD8<Double>) -> SIMD8<Double> {
        SIMD8<Double>().replacing(with: x, where: x .> 0)
    }
    @inline(__always) public static func isPositive(_ x: SIMD8<Double>) -> SIMD8<Double> {
        SIMD8<Double>().replacing(with: 1, where: x .> 0)
    }
    @inline(__always) public static func maximum(_ a: SIMD8<Double>, _ b: SIMD8<Double>) -> SIMD8<Double> {
        a.replacing(with: b, where: b .> a)
    }
    @inline(__always) public static func contains(_ x: SIMD8<Double>, _ value: Double) -> Bool {
        any(x .== SIMD8<Double>(repeating: value))
    }
    @inline(__always) public static func vector(at address: UnsafePointer<Double>) -> SIMD8<Double> {
        cprocessor_double8(address)
    }
    @inline(__always) public static func roundedToBFloat16(_ x: SIMD8<Double>) -> SIMD8<Double> { x }
    @inline(__always) public static func transpose(
        _ source: UnsafePointer<Double>, stride: Int, into target: UnsafeMutablePointer<Double>,
        stride targetStride: Int
    ) {
        for i in 0..<8 { for j in 0..<8 { target[j &* targetStride &+ i] = source[i &* stride &+ j] } }
    }
    @inline(__always) public static func squareRoot(_ x: SIMD8<Double>) -> SIMD8<Double> { cprocessor_root8(x) }
    @inline(__always) public static func withoutTiny(_ x: SIMD8<Double>, limit: Double) -> SIMD8<Double> {
        let magnitude = unsafeBitCast(
            unsafeBitCast(x, to: SIMD8<UInt64>.self) & 0x7FFF_FFFF_FFFF_FFFF, to: SIMD8<Double>.self)
        return x.replacing(with: SIMD8<Double>(), where: magnitude .< limit)
    }
}


extension KernelScalar {
    /// Scalars in a vector.
    @inline(__always) static var lanes: Int { MemoryLayout<Vector>.size / MemoryLayout<Self>.size }

    /// Logistic function `1 / (1 + e⁻ˣ)`, at most two units of the last place off.
    @inline(__always) package static func sigmoid(_ x: Vector) -> Vector {
        let e = exponential(-x), sum = 1 + e, y = 1 / sum
        // What the sum was rounded by (Knuth 1969, two-sum) goes into the quotient to first order.
        let added = sum - 1, lost = (1 - (sum - added)) + (e - added)
        return y.addingProduct(-(y * lost), y)
    }

    /// The scalar form of the vector logarithm, so that both give the same bits.
    package static func naturalLogarithm(of x: Self) -> Self { naturalLogarithm(Vector(repeating: x))[0] }
}

extension UnsafePointer where Pointee: KernelScalar {
    /// The vector that begins here; the address need not be aligned.
    @inline(__always) func vector() -> Pointee.Vector { Pointee.vector(at: self) }
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
