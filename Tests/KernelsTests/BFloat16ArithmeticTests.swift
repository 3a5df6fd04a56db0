import Kernels
import XCTest

final class BFloat16ArithmeticTests: XCTestCase {
    override func setUp() { Processor.setFloatingPointEnvironment() }

    func testRoundingIsToTheNearestEvenAndWithoutSubnormals() {
        var random = RandomNumbers(seed: 71)
        for trial in 0..<20_000 {
            let upper = random.vector { $0.bits(isHostile: trial % 2 == 0) }
            let lower = random.vector { $0.bits(isHostile: trial % 2 == 0) }
            let (a, b) = (floats(upper), floats(lower))
            let native = BFloat16Arithmetic.pairs(upper: a, lower: b)
            let plain = BFloat16Arithmetic.plainPairs(upper: a, lower: b)
            if native != plain { return XCTFail("\(upper), \(lower): \(native) is not \(plain)") }
            for i in 0..<16 {
                check(native[i] & 0xFFFF_0000, BFloat16Numbers.rounded(a[i]))
                check(native[i] << 16, BFloat16Numbers.rounded(b[i]))
            }
        }
    }

    func testAPairIsTwoFusedMultiplyAddsInAnyForm() {
        var random = RandomNumbers(seed: 72)
        for trial in 0..<60_000 {
            let kind = trial % 4
            var sum = random.vector { $0.bits(isHostile: kind == 0) }
            var x = random.vector { $0.pair(kind) }, w = random.vector { $0.pair(kind) }
            if kind == 2 {
                // Where products of small numbers meet the border of underflow.
                sum = sum & 0x81FF_FFFF
                x = x & 0x87FF_87FF | 0x1D00_1D00
                w = w & 0x87FF_87FF | 0x1D00_1D00
            }
            let native = BFloat16Arithmetic.adding(floats(sum), x, w)
            let plain = BFloat16Arithmetic.plainAdding(floats(sum), x, w)
            let (x1, w1) = (floats(x & 0xFFFF_0000), floats(w & 0xFFFF_0000))
            let (x2, w2) = (floats(x &<< 16), floats(w &<< 16))
            for i in 0..<16 {
                let expected = floats(sum)[i].addingProduct(x1[i], w1[i]).addingProduct(x2[i], w2[i])
                let case_ = "\(sum[i]) + \(x[i]) · \(w[i])"
                XCTAssertTrue(isSame(native[i], expected), "\(case_): \(native[i]) is not \(expected)")
                XCTAssertTrue(isSame(plain[i], expected), "\(case_): \(plain[i]) is not \(expected), plainly")
            }
        }
    }

    private func floats(_ bits: SIMD16<UInt32>) -> SIMD16<Float> { unsafeBitCast(bits, to: SIMD16<Float>.self) }

    /// The same bits; of no numbers, the payload is free.
    private func isSame(_ a: Float, _ b: Float) -> Bool { a.bitPattern == b.bitPattern || a.isNaN && b.isNaN }

    private func check(_ bits: UInt32, _ expected: Float) {
        XCTAssertTrue(isSame(Float(bitPattern: bits), expected), "\(bits) is not \(expected)")
    }
}

extension RandomNumbers {
    /// Two bfloat16 numbers: special ones, any bits, or of a like size.
    fileprivate mutating func pair(_ kind: Int) -> UInt32 {
        let pair = bits(isHostile: kind == 0) & 0xFFFF_0000 | bits(isHostile: kind == 0) >> 16
        return kind == 3 ? pair & 0x83FF_83FF | 0x3C00_3C00 : pair
    }
}
