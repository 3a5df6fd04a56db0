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
        let width = 2 * Scalar.lanes
        var destination = panels.pointer
        var column = 0
        while column < outputs {
            let used = min(width, outputs - column)
            let panelWidth = used > Scalar.lanes ? width : Scalar.lanes
            for k in 0..<inputs {
                let source = weight.row(k) + column
                if used == panelWidth {
                    destination.update(from: source, count: panelWidth)
                } else {
                    for j in 0..<used { destination[j] = source[j] }
                }
                destination += panelWidth
            }
            column += width
        }
    }

    /// Packs the transpose of `weight` `[outputs, inputs]`.
    @specialized(where Scalar == Float)
    @specialized(where Scalar == Double)
    public func packTransposed(_ weight: Matrix<Scalar>) {
        precondition(weight.columns == inputs && weight.rows == outputs, "a packed matrix keeps its shape")
        let width = 2 * Scalar.lanes
        var destination = panels.pointer
        var column = 0
        while column < outputs {
            let used = min(width, outputs - column)
            let panelWidth = used > Scalar.lanes ? width : Scalar.lanes
            for j in 0..<used {
                let source = weight.row(column + j)
                for k in 0..<inputs { destination[k &* panelWidth &+ j] = source[k] }
            }
            destination += panelWidth * inputs
            column += width
        }
    }
}

/// Rows a register tile may hold: two vectors a row, the rest for weights and broadcasts.
///
/// With AVX2 a third row would leave no register for the broadcast, and products have half the speed.
var largestTile: Int { cprocessor_wide_registers == 32 ? 10 : 2 }
