/// The project's own exponential, tangent and logarithm: glibc picks its code by CPU, and its last bits with it.
///
/// - Source: S. Moshier, Cephes mathematical library, `expf`, `tanhf`, `logf` (range reduction and
///   minimax coefficients); the Double forms use longer Taylor series for the same reductions.
extension Float {
    /// Below -87.33654 the smallest normal number, above 88.37626 about 2.4e38: it saturates, never infinite, never
    /// zero.
    @inline(__always) public static func exponential(_ x: SIMD16<Float>) -> SIMD16<Float> {
        let low = SIMD16<Float>(repeating: -87.33654), high = SIMD16<Float>(repeating: 88.37626)
        // What is not a number stays so.
        let raised = x.replacing(with: low, where: x .< low)
        return exponential(clamped: raised.replacing(with: high, where: raised .> high))
    }

    // Transparent: the inliner gives up where one function asks for several of these, and a call passes vectors in
    // quarters.
    @_transparent static func exponential(clamped x: SIMD16<Float>) -> SIMD16<Float> {
        // x = n ln 2 + r: adding 1.5 · 2²³ rounds to an integer and leaves it in the low bits.
        let magic = SIMD16<Float>(repeating: 12_582_912)
        let shifted = magic.addingProduct(x, SIMD16(repeating: 1.442_695_04))
        let n = shifted - magic
        var r = x.addingProduct(n, SIMD16(repeating: -0.693_359_375))
        r = r.addingProduct(n, SIMD16(repeating: 2.121_944_4e-4))
        var p = SIMD16<Float>(repeating: 1.987_569_1e-4)
        p = SIMD16(repeating: 1.398_199_9e-3).addingProduct(p, r)
        p = SIMD16(repeating: 8.333_452e-3).addingProduct(p, r)
        p = SIMD16(repeating: 4.166_579_6e-2).addingProduct(p, r)
        p = SIMD16(repeating: 1.666_666_5e-1).addingProduct(p, r)
        p = SIMD16(repeating: 0.5).addingProduct(p, r)
        // The 1 comes last: rounded before the small terms it would cost half a unit of the last place.
        let mantissa = 1 + r.addingProduct(p, r * r)
        let exponent = unsafeBitCast(shifted, to: SIMD16<Int32>.self) &- 0x4B40_0000
        return mantissa * unsafeBitCast((exponent &+ 127) &<< 23, to: SIMD16<Float>.self)
    }

    @inline(__always) public static func hyperbolicTangent(_ x: SIMD16<Float>) -> SIMD16<Float> {
        let sign = unsafeBitCast(x, to: SIMD16<UInt32>.self) & 0x8000_0000
        let magnitude = unsafeBitCast(unsafeBitCast(x, to: SIMD16<UInt32>.self) & 0x7FFF_FFFF, to: SIMD16<Float>.self)
        // Small arguments: odd polynomial; large ones: 1 - 2 / (e²ˣ + 1), which from 9.01 on rounds to 1.
        let z = x * x
        var p = SIMD16<Float>(repeating: -5.704_988_7e-3)
        p = SIMD16(repeating: 2.063_908_9e-2).addingProduct(p, z)
        p = SIMD16(repeating: -5.373_971_6e-2).addingProduct(p, z)
        p = SIMD16(repeating: 1.333_144_2e-1).addingProduct(p, z)
        p = SIMD16(repeating: -3.333_328_2e-1).addingProduct(p, z)
        let small = x.addingProduct(p * z, x)
        let limit = SIMD16<Float>(repeating: 9.5), bounded = magnitude.replacing(with: limit, where: magnitude .> limit)
        let large = 1 - 2 / (exponential(clamped: bounded + bounded) + 1)
        let signed = unsafeBitCast(unsafeBitCast(large, to: SIMD16<UInt32>.self) | sign, to: SIMD16<Float>.self)
        // Of what is not a number the polynomial is not one, either.
        return small.replacing(with: signed, where: magnitude .> 0.625)
    }

    @inline(__always) public static func naturalLogarithm(_ x: SIMD16<Float>) -> SIMD16<Float> {
        // x = m · 2ᵉ with m in [√½, √2).
        let bits = unsafeBitCast(x, to: SIMD16<Int32>.self)
        let shifted = bits &- 0x3F35_04F3
        let e = shifted &>> 23
        let m = unsafeBitCast((shifted & 0x7F_FFFF) &+ 0x3F35_04F3, to: SIMD16<Float>.self)
        // Small integers become floats through the same magic number as in the exponential.
        let n = unsafeBitCast(e &+ 0x4B40_0000, to: SIMD16<Float>.self) - 12_582_912
        let f = m - 1, z = f * f
        var p = SIMD16<Float>(repeating: 7.037_683_6e-2)
        p = SIMD16(repeating: -1.151_461_0e-1).addingProduct(p, f)
        p = SIMD16(repeating: 1.167_699_9e-1).addingProduct(p, f)
        p = SIMD16(repeating: -1.242_014_1e-1).addingProduct(p, f)
        p = SIMD16(repeating: 1.424_932_3e-1).addingProduct(p, f)
        p = SIMD16(repeating: -1.666_805_8e-1).addingProduct(p, f)
        p = SIMD16(repeating: 2.000_071_5e-1).addingProduct(p, f)
        p = SIMD16(repeating: -2.499_999_4e-1).addingProduct(p, f)
        p = SIMD16(repeating: 3.333_333_1e-1).addingProduct(p, f)
        var y = p * f * z
        y = y.addingProduct(n, SIMD16(repeating: -2.121_944_4e-4))
        y = y.addingProduct(z, SIMD16(repeating: -0.5))
        return (f + y).addingProduct(n, SIMD16(repeating: 0.693_359_375))
    }
}

extension Double {
    @inline(__always) public static func exponential(_ x: SIMD8<Double>) -> SIMD8<Double> {
        let low = SIMD8<Double>(repeating: -708.3), high = SIMD8<Double>(repeating: 709.4)
        let clamped = x.replacing(with: low, where: x .< low).replacing(with: high, where: x .> high)
        let magic = SIMD8<Double>(repeating: 6_755_399_441_055_744)  // 1.5 · 2⁵²
        let shifted = magic.addingProduct(clamped, SIMD8(repeating: 1.442_695_040_888_963_4))
        let n = shifted - magic
        var r = clamped.addingProduct(n, SIMD8(repeating: -6.931_471_803_691_238e-1))
        r = r.addingProduct(n, SIMD8(repeating: -1.908_214_929_270_587_7e-10))
        // Taylor: |r| ≤ 0.347, the term of order 13 is below 2e-16.
        var p = SIMD8<Double>(repeating: 1 / 6_227_020_800)
        let denominators: InlineArray<13, Double> = [
            479_001_600, 39_916_800, 3_628_800, 362_880, 40_320, 5_040, 720, 120, 24, 6, 2, 1, 1,
        ]
        for i in denominators.indices {
            p = SIMD8(repeating: 1 / denominators[i]).addingProduct(p, r)
        }
        let exponent = unsafeBitCast(shifted, to: SIMD8<Int64>.self) &- 0x4338_0000_0000_0000
        let y = p * unsafeBitCast((exponent &+ 1023) &<< 52, to: SIMD8<Double>.self)
        return y.replacing(with: x, where: x .!= x)
    }

    @inline(__always) public static func hyperbolicTangent(_ x: SIMD8<Double>) -> SIMD8<Double> {
        let magnitude = x.replacing(with: -x, where: x .< 0)
        let e = exponential(magnitude + magnitude)
        let large = 1 - 2 / (e + 1)
        // Small arguments: continued fraction of tanh (Lambert), 13 levels deep.
        let z = x * x
        var fraction = SIMD8<Double>(repeating: 25)
        let odds: InlineArray<12, Double> = [23, 21, 19, 17, 15, 13, 11, 9, 7, 5, 3, 1]
        for i in odds.indices {
            fraction = SIMD8(repeating: odds[i]) + z / fraction
        }
        let small = x / fraction
        let signed = large.replacing(with: -large, where: x .< 0)
        return small.replacing(with: signed, where: magnitude .> 0.625)
    }

    @inline(__always) public static func naturalLogarithm(_ x: SIMD8<Double>) -> SIMD8<Double> {
        let bits = unsafeBitCast(x, to: SIMD8<Int64>.self)
        let shifted = bits &- 0x3FE6_A09E_667F_3BCD
        let e = shifted &>> 52
        let m = unsafeBitCast((shifted & 0xF_FFFF_FFFF_FFFF) &+ 0x3FE6_A09E_667F_3BCD, to: SIMD8<Double>.self)
        let n = unsafeBitCast(e &+ 0x4338_0000_0000_0000, to: SIMD8<Double>.self) - 6_755_399_441_055_744
        // log m = 2 atanh s, s = (m - 1) / (m + 1), |s| ≤ 0.172.
        let s = (m - 1) / (m + 1), z = s * s
        var p = SIMD8<Double>(repeating: 1.0 / 23)
        let odds: InlineArray<10, Double> = [21, 19, 17, 15, 13, 11, 9, 7, 5, 3]
        for i in odds.indices {
            p = SIMD8(repeating: 1 / odds[i]).addingProduct(p, z)
        }
        let y = 2 * s + 2 * s * z * p
        return (y + n * SIMD8(repeating: 1.908_214_929_270_587_7e-10)).addingProduct(
            n, SIMD8(repeating: 6.931_471_803_691_238e-1))
    }
}
