/// A dropout mask: 0 with probability `probability`, else `1 / (1 - probability)`.
///
/// Each factor depends on the example, the time step and the unit alone, not on the row's place in a batch.
///
/// - Parameters:
///   - examples: The example of each row.
///   - times: The time step of each row.
///   - step: The optimizer step.
///   - mask: `[row, units]`.
/// - Source: Srivastava et al. 2014 (inverted dropout).
@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
public func dropoutMask<Scalar: KernelScalar>(
    _ stream: RandomStream, probability: Double, step: Int, examples: AlignedBuffer<Int32>, times: AlignedBuffer<Int32>,
    into mask: Matrix<Scalar>
) {
    precondition(examples.count >= mask.rows && times.count >= mask.rows && probability >= 0 && probability < 1,
        "a dropout mask needs an example and a time for each row")
    let threshold = UInt64(probability * 0x1p32)
    let kept = Scalar(1 / (1 - probability))
    let iota = SIMD8<UInt64>(0, 1, 2, 3, 4, 5, 6, 7)
    for r in 0..<mask.rows {
        let row = mask.row(r)
        for first in stride(from: 0, to: mask.columns, by: 32) {
            // Block b of eight gives units 4b ..< 4b + 4, one in each word.
            let block = iota &+ UInt64(first / 4)
            let words = philox(
                stream.key, block, UInt64(UInt32(bitPattern: times.pointer[r])),
                UInt64(UInt32(bitPattern: examples.pointer[r])), UInt64(UInt32(truncatingIfNeeded: step)))
            for w in 0..<4 {
                for lane in 0..<8 where first &+ 4 &* lane &+ w < mask.columns {
                    row[first &+ 4 &* lane &+ w] = words[w][lane] < threshold ? 0 : kept
                }
            }
        }
    }
}

/// Eight Philox 4×32-10 blocks at a time; each lane holds a 32-bit word.
@inline(__always)
private func philox(
    _ key: (UInt32, UInt32), _ block: SIMD8<UInt64>, _ time: UInt64, _ example: UInt64, _ step: UInt64
) -> InlineArray<4, SIMD8<UInt64>> {
    let low = SIMD8<UInt64>(repeating: 0xFFFF_FFFF)
    var x = block, y = SIMD8(repeating: time), z = SIMD8(repeating: example), w = SIMD8(repeating: step)
    var k0 = key.0, k1 = key.1
    for _ in 0..<10 {
        let first = (x & low) &* 0xD251_1F53, second = (z & low) &* 0xCD9E_8D57
        let nextX = (second &>> 32) ^ y ^ SIMD8(repeating: UInt64(k0))
        let nextZ = (first &>> 32) ^ w ^ SIMD8(repeating: UInt64(k1))
        y = second & low
        w = first & low
        x = nextX
        z = nextZ
        k0 = k0 &+ 0x9E37_79B9
        k1 = k1 &+ 0xBB67_AE85
    }
    return [x & low, y, z & low, w]
}
