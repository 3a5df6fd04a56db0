private import CProcessor

/// A weight matrix `[inputs, outputs]` copied into panels that a product streams through once.
///
/// A panel holds `2 · lanes` columns of every row, `[inputs][2 · lanes]`; the last one is half as wide
/// when half suffices. Columns beyond the last are zeros. Packed once per optimizer step, used by every time step.
public struct PackedMatrix<Scalar: KernelScalar>: Sendable {
    public let inputs: Int
    public let outputs: Int
    let panels: AlignedBuffer<Scalar>

    public init(inputs: Int, outputs: Int) {
        self.inputs = inputs
        self.outputs = outputs
        let lanes = Scalar.lanes
        panels = AlignedBuffer(count: inputs * ((outputs + lanes - 1) / lanes) * lanes)
    }

    /// Packs `weight` `[inputs, outputs]`.
    @specialized(where Scalar == Float)
    @specialized(where Scalar == Double)
    public func pack(_ weight: Matrix<Scalar>) {
        precondition(weight.rows == inputs && weight.columns == outputs, "a packed matrix keeps its shape")
        // Some rows at a time, so that neither they nor the panels lie on more pages than the processor remembers.
        for first in stride(from: 0, to: inputs, by: 16) {
            let block = first..<min(inputs, first &+ 16)
            forEachPanel { panel, width, column, used in
                var destination = panel + first &* width
                for k in block {
                    destination.update(from: weight.row(k) + column, count: used)
                    destination += width
                }
            }
        }
    }

    /// Packs the transpose of `weight` `[outputs, inputs]`.
    @specialized(where Scalar == Float)
    @specialized(where Scalar == Double)
    public func packTransposed(_ weight: Matrix<Scalar>) {
        precondition(weight.columns == inputs && weight.rows == outputs, "a packed matrix keeps its shape")
        forEachPanel { panel, width, column, used in
            // A block of the panel stays in the first-level cache while all of the panel's rows are spread over it.
            for first in stride(from: 0, to: inputs, by: 32) {
                let count = min(32, inputs &- first)
                for j in 0..<used {
                    let source = weight.row(column &+ j) + first
                    let destination = panel + (first &* width &+ j)
                    for k in 0..<count { destination[k &* width] = source[k] }
                }
            }
        }
    }

    /// Calls `body` for each panel with its memory, its width, its first column and how many columns it has.
    @inline(__always)
    private func forEachPanel(_ body: (UnsafeMutablePointer<Scalar>, Int, Int, Int) -> Void) {
        var panel = panels.pointer, column = 0
        while column < outputs {
            let used = min(2 &* Scalar.lanes, outputs &- column)
            let width = used > Scalar.lanes ? 2 &* Scalar.lanes : Scalar.lanes
            body(panel, width, column, used)
            panel += inputs &* width
            column += 2 &* Scalar.lanes
        }
    }
}

/// Rows a register tile may hold: two vectors a row, the rest for weights and broadcasts.
///
/// With AVX2 a third row would leave no register for the broadcast, and products have half the speed.
var largestTile: Int { cprocessor_wide_registers == 32 ? 10 : 2 }
