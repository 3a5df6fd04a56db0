import Kernels

/// What the bfloat16 kernels should compute, number by number.
enum BFloat16Numbers {
    /// The nearest number of eight significant bits, by division and `rounded`; subnormals (and zeros) are zeros.
    static func rounded(_ x: Float) -> Float {
        if !x.isFinite { return x }
        if x.bitPattern & 0x7F80_0000 == 0 { return x.sign == .minus ? -0.0 : 0 }
        let step = Double(sign: .plus, exponent: Int(x.exponent) - 7, significand: 1)
        return Float((Double(x) / step).rounded(.toNearestOrEven) * step)
    }

    static func rounded(_ x: Matrix<Float>) -> Matrix<Float> {
        Matrix(AlignedBuffer(x.elements.map { rounded($0) }), rows: x.rows, columns: x.columns)
    }

    /// `start + x · w` in the order of the inputs, operands as they are.
    static func chain(from start: Float, _ x: some Sequence<Float>, _ w: some Sequence<Float>) -> Float {
        zip(x, w).reduce(start) { $0.addingProduct($1.0, $1.1) }
    }

    /// A weight as float32 products take it.
    static func unrounded(_ weight: Matrix<Float>) -> PackedMatrix<Float> {
        let packed = PackedMatrix<Float>(inputs: weight.rows, outputs: weight.columns)
        packed.pack(weight)
        return packed
    }

    /// A weight as products take it.
    static func packed(_ weight: Matrix<Float>) -> BFloat16Panels {
        let packed = BFloat16Panels(inputs: weight.rows, outputs: weight.columns)
        packed.pack(unrounded(weight))
        return packed
    }

    /// Panels of 32 columns at an offset, written out element by element.
    static func panels(_ weight: Matrix<Float>, offset: Int) -> AlignedBuffer<Float> {
        let storage = AlignedBuffer([Float](repeating: .nan, count: offset + weight.rows * weight.columns + 7))
        for k in 0..<weight.rows {
            for n in 0..<weight.columns {
                storage[panelElement(k, n, rows: weight.rows, columns: weight.columns, offset: offset)] = weight[k, n]
            }
        }
        return storage
    }

    static func panelElement(_ k: Int, _ n: Int, rows: Int, columns: Int, offset: Int) -> Int {
        let first = n / 32 * 32
        return offset + rows * first + k * min(32, columns - first) + n - first
    }

    /// Bits with little to hope for: zeros, subnormals, the borders of the range, infinities, no numbers.
    static let hostile: [UInt32] = [
        0, 1, 0x7F_FFFF, 0x80_0000, 0x80_0001, 0xFF_FFFF, 0x100_0000, 0x1F80_0000, 0x2000_8000, 0x3F80_0000,
        0x3F80_7FFF, 0x3F80_8000, 0x3F80_8001, 0x3F81_8000, 0x3F7F_FFFF, 0x5F80_0000, 0x7F7F_0000, 0x7F7F_7FFF,
        0x7F7F_8000, 0x7F7F_FFFF, 0x7F80_0000, 0x7F80_0001, 0x7FC0_0000, 0x7FFF_FFFF,
    ].flatMap { [$0, $0 | 0x8000_0000] }
}

extension RandomNumbers {
    /// Any bits; where `isHostile`, often those of special numbers.
    mutating func bits(isHostile: Bool) -> UInt32 {
        isHostile && happens(0.8)
            ? BFloat16Numbers.hostile[whole(below: BFloat16Numbers.hostile.count)] : UInt32(whole(below: 1 << 32))
    }

    mutating func vector(_ lane: (inout RandomNumbers) -> UInt32) -> SIMD16<UInt32> {
        var vector = SIMD16<UInt32>()
        for i in 0..<16 { vector[i] = lane(&self) }
        return vector
    }

    /// A view into a larger buffer that holds nothing but NaN around it.
    mutating func matrixAmongNaN(rows: Int, columns: Int) -> Matrix<Float> {
        let view: Matrix<Float> = matrix(rows: rows, columns: columns), values = view.elements
        for i in 0..<view.storage.count { view.storage[i] = .nan }
        for (i, value) in values.enumerated() { view[i / columns, i % columns] = value }
        return view
    }
}
