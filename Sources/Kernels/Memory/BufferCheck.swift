/// What one pass over buffers, at the speed of memory, finds out of them.
public struct BufferCheck: Equatable, Sendable {
    /// Differs where a single number of the buffers does; not made to withstand intent.
    public private(set) var sum: UInt64 = 0xCBF2_9CE4_8422_2325
    public private(set) var isFinite = true

    public init() {}

    public mutating func add(_ x: AlignedBuffer<Float>) {
        add(UnsafeRawBufferPointer(x.elements), isFloat: true)
        withExtendedLifetime(x) {}
    }

    public mutating func add(_ x: AlignedBuffer<Int32>) {
        add(UnsafeRawBufferPointer(x.elements), isFloat: false)
        withExtendedLifetime(x) {}
    }

    public mutating func add(_ words: [UInt64]) {
        for word in words { mix(word) }
    }

    private mutating func add(_ bytes: UnsafeRawBufferPointer, isFloat: Bool) {
        guard let start = bytes.baseAddress else { return }
        let exponent = SIMD16<UInt32>(repeating: 0x7F80_0000), carry = SIMD16<UInt32>(repeating: 0x0080_0000)
        var chains = (SIMD8<UInt64>(), SIMD8<UInt64>(), SIMD8<UInt64>(), SIMD8<UInt64>())
        var exponents = SIMD16<UInt32>()
        func mixed(_ chain: SIMD8<UInt64>, _ offset: Int) -> SIMD8<UInt64> {
            let x = (start + offset).loadUnaligned(as: SIMD16<UInt32>.self)
            // The sign bit is set where all bits of the exponent are.
            exponents |= (x & exponent) &+ carry
            return (chain ^ unsafeBitCast(x, to: SIMD8<UInt64>.self)) &* Self.prime
        }
        var offset = 0
        while offset + 256 <= bytes.count {
            chains.0 = mixed(chains.0, offset)
            chains.1 = mixed(chains.1, offset + 64)
            chains.2 = mixed(chains.2, offset + 128)
            chains.3 = mixed(chains.3, offset + 192)
            offset += 256
        }
        for chain in [chains.0, chains.1, chains.2, chains.3] { for lane in 0..<8 { mix(chain[lane]) } }
        var found = exponents.reduceOr()
        while offset + 4 <= bytes.count {
            let word = (start + offset).load(as: UInt32.self)
            found |= (word & 0x7F80_0000) &+ 0x0080_0000
            mix(UInt64(word))
            offset += 4
        }
        mix(UInt64(bytes.count))
        if isFloat, found >> 31 != 0 { isFinite = false }
    }

    private mutating func mix(_ word: UInt64) {
        sum = (sum ^ word) &* 0x9E37_79B9_7F4A_7C15
        sum ^= sum >> 29
    }

    private static let prime = SIMD8<UInt64>(repeating: 0x9E37_79B9_7F4A_7C15)
}

extension SIMD16<UInt32> {
    fileprivate func reduceOr() -> UInt32 { (0..<16).reduce(0) { $0 | self[$1] } }
}
