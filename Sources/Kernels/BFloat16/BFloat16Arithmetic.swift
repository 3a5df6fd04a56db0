internal import CProcessor

/// Sixteen pairs of bfloat16 numbers, the one that is added first in the upper half.
typealias BFloat16Pairs = SIMD16<UInt32>

/// The arithmetic of bfloat16 products, for one vector, in the form the code is built with and plainly.
///
/// Operands are rounded to bfloat16 (to nearest, ties to even; subnormals become zeros of their sign). A product of two
/// is exact, and each is added to a float32 sum by one fused multiply-add. So a bfloat16 product has the bits of the
/// float32 product of the rounded operands, on every processor; `CProcessorBFloat16.h` says how this was established.
package enum BFloat16Arithmetic {
    /// Whether the processor's own instructions are used.
    package static var isNative: Bool { cprocessor_has_bfloat16 == 1 }

    /// Pairs of rounded numbers, `upper` to be added first.
    @inline(__always)
    package static func pairs(upper: SIMD16<Float>, lower: SIMD16<Float>) -> SIMD16<UInt32> {
        cprocessor_bfloat16_pairs(upper, lower)
    }

    /// `sum + x.upper · w.upper + x.lower · w.lower`, lane by lane, in this order.
    @inline(__always)
    package static func adding(
        _ sum: SIMD16<Float>, _ x: SIMD16<UInt32>, _ w: SIMD16<UInt32>
    ) -> SIMD16<Float> {
        cprocessor_adding_pairs(sum, x, w)
    }

    /// `pairs` for any processor.
    package static func plainPairs(upper: SIMD16<Float>, lower: SIMD16<Float>) -> SIMD16<UInt32> {
        cprocessor_plain_bfloat16_pairs(upper, lower)
    }

    /// `adding` for any processor.
    package static func plainAdding(
        _ sum: SIMD16<Float>, _ x: SIMD16<UInt32>, _ w: SIMD16<UInt32>
    ) -> SIMD16<Float> {
        cprocessor_plain_adding_pairs(sum, x, w)
    }
}
