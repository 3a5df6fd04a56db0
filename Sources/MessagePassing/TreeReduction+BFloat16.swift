internal import CProcessor

/// Tree sums in half the bytes: what travels, and what is added, are numbers rounded to bfloat16.
///
/// Every operand of every node is rounded, and so is the root. Where the shards of one rank are folded the same way,
/// the sum is the same for every number of ranks.
extension TreeReduction {
    /// `allReduce` with every node's sum rounded to bfloat16; a negative zero becomes zero. The partials stay as they
    /// are.
    public func allReduceRounded(_ vectors: [Addends<Float>], present: [Bool]) throws {
        var place = rounded.reserve(
            vectors.reduce(0) { $0 + $1.count * max(1, $1.partials.count) }, of: BFloat16.self)
        func next(_ count: Int) -> UnsafeMutablePointer<BFloat16> {
            defer { place += count }
            return place
        }
        let sums = vectors.map { vector in
            let partials = vector.partials.map { partial in
                let copy = next(vector.count)
                BFloat16.narrow(partial, into: copy, count: vector.count)
                return copy
            }
            return Addends(partials: partials, output: partials.first ?? next(vector.count), count: vector.count)
        }
        try allReduce(sums, present: present)
        for (sum, vector) in zip(sums, vectors) {
            BFloat16.widen(sum.output, into: vector.output, count: vector.count)
        }
    }
}

/// A number of eight significant bits and the exponents of float32; sums are rounded to nearest, ties to even.
struct BFloat16: TreeScalar {
    private var bits: UInt16

    static var zero: BFloat16 { BFloat16(bits: 0) }

    static func accumulate(_ sum: UnsafeMutablePointer<Self>, _ addend: UnsafePointer<Self>, count: Int) {
        cprocessor_bfloat16_accumulate(words(sum), words(addend), count)
    }

    static func narrow(_ source: UnsafePointer<Float>, into target: UnsafeMutablePointer<Self>, count: Int) {
        cprocessor_bfloat16_narrow(source, words(target), count)
    }

    static func widen(_ source: UnsafePointer<Self>, into target: UnsafeMutablePointer<Float>, count: Int) {
        cprocessor_bfloat16_widen(words(source), target, count)
    }

    private static func words(_ numbers: UnsafePointer<Self>) -> UnsafePointer<UInt16> {
        UnsafeRawPointer(numbers).assumingMemoryBound(to: UInt16.self)
    }

    private static func words(_ numbers: UnsafeMutablePointer<Self>) -> UnsafeMutablePointer<UInt16> {
        UnsafeMutableRawPointer(numbers).assumingMemoryBound(to: UInt16.self)
    }
}
