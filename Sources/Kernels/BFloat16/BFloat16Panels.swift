internal import CProcessor

/// A weight matrix `[inputs, outputs]` rounded to bfloat16, in panels that a product streams through once.
///
/// A panel holds 32 columns of all inputs, `[inputs / 2][32][2]`: pairs of inputs lie side by side, an odd last one
/// beside a zero. The last panel is half as wide when half suffices. What lies in columns beyond the last is never
/// looked at. Packed once per optimizer step, used by every time step.
public struct BFloat16Panels: Sendable {
    public let inputs: Int
    public let outputs: Int
    /// Vectors of pairs.
    private let vectors: AlignedBuffer<SIMD16<UInt32>>

    public init(inputs: Int, outputs: Int) {
        self.inputs = inputs
        self.outputs = outputs
        vectors = AlignedBuffer(count: (inputs + 1) / 2 * ((outputs + 15) / 16))
    }

    /// Pairs of inputs.
    @inline(__always) var pairs: Int { (inputs &+ 1) / 2 }

    /// The panel that begins at a column: one or two vectors a pair. Kept alive by whoever keeps the panels.
    @inline(__always) func panel(at column: Int) -> UnsafePointer<BFloat16Pairs> {
        UnsafePointer(address(of: column))
    }

    @inline(__always) private func address(of column: Int) -> UnsafeMutablePointer<BFloat16Pairs> {
        vectors.pointer + pairs &* (column / 16)
    }

    /// Packs `weight` `[inputs, outputs]`.
    public func pack(_ weight: PackedMatrix<Float>) {
        precondition(weight.inputs == inputs && weight.outputs == outputs, "a packed matrix keeps its shape")
        weight.place.forEachPanel(of: 32) { column, used, first, stride in
            let isWide = used > 16
            var row = UnsafePointer(weight.storage.pointer) + first, target = address(of: column)
            for _ in 0..<inputs / 2 {
                let next = row + stride
                target[0] = BFloat16Arithmetic.pairs(upper: row.vector(), lower: next.vector())
                if isWide {
                    target[1] = BFloat16Arithmetic.pairs(upper: (row + 16).vector(), lower: (next + 16).vector())
                }
                target += isWide ? 2 : 1
                row = next + stride
            }
            if inputs % 2 == 1 {
                let zero = SIMD16<Float>()
                target[0] = BFloat16Arithmetic.pairs(upper: row.vector(), lower: zero)
                if isWide { target[1] = BFloat16Arithmetic.pairs(upper: (row + 16).vector(), lower: zero) }
            }
        }
        withExtendedLifetime((weight.storage, vectors)) {}
    }

    /// Packs the transpose of `weight` `[outputs, inputs]`.
    public func packTransposed(_ weight: PackedMatrix<Float>) {
        precondition(weight.inputs == outputs && weight.outputs == inputs, "a packed matrix keeps its shape")
        // A block with rows or columns beyond the last, and its transpose.
        withUnsafeTemporaryAllocation(of: SIMD16<Float>.self, capacity: 48) { memory in
            let edge = UnsafeMutableRawPointer(memory.baseAddress.unsafelyUnwrapped)
            for output in stride(from: 0, to: outputs, by: 16) {
                for input in stride(from: 0, to: inputs, by: 32) {
                    packBlock(
                        weight.storage.pointer, weight.place, input: input, output: output, edge: edge)
                }
            }
        }
        withExtendedLifetime((weight.storage, vectors)) {}
    }

    /// Packs the transpose of 16 rows (outputs) and 32 columns (inputs), or as many as are left.
    private func packBlock(
        _ weight: UnsafePointer<Float>, _ place: WeightPlace, input: Int, output: Int, edge: UnsafeMutableRawPointer
    ) {
        let rows = min(16, outputs &- output), columns = min(32, inputs &- input)
        let source = place.panel(at: input, width: columns)
        let block = weight + (source.first &+ output &* source.stride)
        let first = output / 32 &* 32, pitch = outputs &- first > 16 ? 32 : 16
        let panel = UnsafeMutableRawPointer(address(of: first)).assumingMemoryBound(to: UInt32.self)
        let target = panel + (input / 2 &* pitch &+ output &- first)
        if rows == 16 && columns == 32 {
            // No processor looks ahead from one panel to the next.
            let next = place.panel(at: input &+ 64, width: 32)
            let later = weight + (next.first &+ output &* next.stride)
            for r in 0..<16 {
                cprocessor_prefetch(later + r &* next.stride)
                cprocessor_prefetch(later + (r &* next.stride &+ 16))
            }
            cprocessor_bfloat16_transpose(block, source.stride, target, pitch)
        } else {
            transposeEdge(
                block, stride: source.stride, rows: rows, columns: columns, into: target, pitch: pitch, edge: edge)
        }
    }

    /// Transposes a block of less than 16 rows or 32 columns, with zeros where there is nothing.
    private func transposeEdge(
        _ source: UnsafePointer<Float>, stride: Int, rows: Int, columns: Int, into target: UnsafeMutablePointer<UInt32>,
        pitch: Int, edge: UnsafeMutableRawPointer
    ) {
        let block = edge.initializeMemory(as: Float.self, repeating: 0, count: 16 * 32)
        let transposed = (edge + 2048).bindMemory(to: UInt32.self, capacity: 16 * 16)
        for r in 0..<rows { (block + r &* 32).update(from: source + r &* stride, count: columns) }
        cprocessor_bfloat16_transpose(block, 32, transposed, 16)
        for p in 0..<(columns &+ 1) / 2 { (target + p &* pitch).update(from: transposed + p &* 16, count: 16) }
    }
}
