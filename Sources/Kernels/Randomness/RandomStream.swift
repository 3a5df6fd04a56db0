/// Random numbers as a pure function of what they are for: no state, nothing to save, nothing to replay.
///
/// - Source: Philox 4×32-10, Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011.
public struct RandomStream: Sendable {
    /// What numbers are drawn for; different purposes never share a number.
    public enum Purpose: UInt32, Sendable {
        case initialization = 1, shuffling, batchOrder, dropout, sampling, heldOut, zoneout, weightDrop, rowDropout,
            windowLength
        /// Examples of a problem that is generated.
        case examples = 32
    }

    let key: (UInt32, UInt32)

    /// - Parameter index: Tells streams of one purpose apart, such as the layer of a dropout.
    public init(seed: UInt64, purpose: Purpose, index: UInt64 = 0) {
        let mixed = scramble(scramble(seed) ^ scramble(UInt64(purpose.rawValue) << 56 ^ index))
        key = (UInt32(truncatingIfNeeded: mixed), UInt32(truncatingIfNeeded: mixed >> 32))
    }

    /// The generator under a key as it is, for its published test vectors.
    package init(key: (UInt32, UInt32)) { self.key = key }

    /// Four random words for a counter.
    public func words(_ a: UInt32, _ b: UInt32 = 0, _ c: UInt32 = 0, _ d: UInt32 = 0) -> (
        UInt32, UInt32, UInt32, UInt32
    ) {
        var (x, y, z, w) = (a, b, c, d), k = key
        for _ in 0..<10 {
            let first = x.multipliedFullWidth(by: 0xD251_1F53), second = z.multipliedFullWidth(by: 0xCD9E_8D57)
            (x, y, z, w) = (second.high ^ y ^ k.0, second.low, first.high ^ w ^ k.1, first.low)
            k = (k.0 &+ 0x9E37_79B9, k.1 &+ 0xBB67_AE85)
        }
        return (x, y, z, w)
    }

    /// A number in `[0, 1)` with 53 random bits, for an element of something.
    public func uniform(_ element: UInt64, _ draw: UInt32 = 0) -> Double {
        Double(bits(element, draw) >> 11) * 0x1p-53
    }

    /// 64 random bits for an element of something.
    public func bits(_ element: UInt64, _ draw: UInt32 = 0) -> UInt64 {
        let (x, y, _, _) = words(UInt32(truncatingIfNeeded: element), UInt32(truncatingIfNeeded: element >> 32), draw)
        return UInt64(x) << 32 | UInt64(y)
    }

    /// A standard normal number.
    ///
    /// - Source: M. Wichura, algorithm AS 241 (PPND16), Applied Statistics 37, 1988: the inverse of the
    ///   normal distribution function, accurate to about 1 part in 10¹⁶.
    public func normal(_ element: UInt64) -> Double {
        normalQuantile((Double(bits(element) >> 12) + 0.5) * 0x1p-52)
    }
}

/// The finaliser of SplitMix64 (Steele, Lea & Flood 2014): every input bit reaches every output bit.
private func scramble(_ x: UInt64) -> UInt64 {
    var z = x &+ 0x9E37_79B9_7F4A_7C15
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
}

/// The `x` below which a standard normal number lies with probability `p`, `0 < p < 1`.
package func normalQuantile(_ p: Double) -> Double {
    let q = p - 0.5
    if abs(q) <= 0.425 {
        let r = 0.180625 - q * q
        return q
            * polynomial(r, [2509.0809287301226727, 33430.575583588128105, 67265.770927008700853, 45921.953931549871457,
                13731.693765509461125, 1971.5909503065514427, 133.14166789178437745, 3.387132872796366608])
            / polynomial(r, [5226.495278852545925, 28729.085735721942674, 39307.89580009271061, 21213.794301586595867,
                5394.1960214247511077, 687.1870074920579083, 42.313330701600911252, 1])
    }
    let tail = (-Double.naturalLogarithm(of: q < 0 ? p : 1 - p)).squareRoot()
    let value: Double
    if tail <= 5 {
        let r = tail - 1.6
        value = polynomial(r, [7.7454501427834140764e-4, 0.0227238449892691845833, 0.24178072517745061177,
                    1.27045825245236838258, 3.64784832476320460504, 5.7694972214606914055, 4.6303378461565452959,
                    1.42343711074968357734,
                ])
            / polynomial(r, [1.05075007164441684324e-9, 5.475938084995344946e-4, 0.0151986665636164571966,
                0.14810397642748007459, 0.68976733498510000455, 1.6763848301838038494, 2.05319162663775882187, 1])
    } else {
        let r = tail - 5
        value = polynomial(r, [2.01033439929228813265e-7, 2.71155556874348757815e-5, 0.0012426609473880784386,
                    0.026532189526576123093, 0.29656057182850489123, 1.7848265399172913358, 5.4637849111641143699,
                    6.6579046435011037772,
                ])
            / polynomial(r, [2.04426310338993978564e-15, 1.4215117583164458887e-7, 1.8463183175100546818e-5,
                7.868691311456132591e-4, 0.0148753612908506148525, 0.13692988092273580531, 0.59983220655588793769, 1])
    }
    return q < 0 ? -value : value
}

/// Coefficients from the highest power down.
private func polynomial(_ x: Double, _ coefficients: [Double]) -> Double {
    coefficients.reduce(0) { $0 * x + $1 }
}
