/// Where the elements of a matrix `[inputs, outputs]` lie in a flat buffer.
///
/// Weights lie in *panels*, which products stream through once: a panel holds 128 bytes' worth of columns of every row,
/// `[inputs][width]`, the last one as many as are left. The panel whose first column is `c` begins `inputs · c`
/// elements behind the first one.
public struct WeightPlace: Sendable {
    public let inputs: Int
    public let outputs: Int
    /// Element of the first row and column.
    private let first: Int
    private let order: Order

    private enum Order {
        case rows(stride: Int)
        /// Rows of a panel, of which `skipped` precede these.
        case panels(height: Int, skipped: Int)
    }

    /// Row after row, `stride` (at least `outputs`) elements apart.
    public static func rowMajor(offset: Int, inputs: Int, outputs: Int, stride: Int? = nil) -> WeightPlace {
        WeightPlace(inputs: inputs, outputs: outputs, first: offset, order: .rows(stride: stride ?? outputs))
    }

    /// Panel after panel.
    public static func panels(offset: Int, inputs: Int, outputs: Int) -> WeightPlace {
        WeightPlace(inputs: inputs, outputs: outputs, first: offset, order: .panels(height: inputs, skipped: 0))
    }

    /// Some of the inputs.
    public func inputs(_ range: Range<Int>) -> WeightPlace {
        precondition(range.lowerBound >= 0 && range.upperBound <= inputs, "inputs out of the matrix")
        switch order {
        case .rows(let stride):
            return WeightPlace(
                inputs: range.count, outputs: outputs, first: first + range.lowerBound * stride, order: order)
        case .panels(let height, let skipped):
            return WeightPlace(
                inputs: range.count, outputs: outputs, first: first,
                order: .panels(height: height, skipped: skipped + range.lowerBound))
        }
    }

    /// The element of the first row at `column`, which a panel begins with, and elements from one row to the next.
    ///
    /// - Parameter width: The columns of that panel.
    @inline(__always) func panel(at column: Int, width: Int) -> (first: Int, stride: Int) {
        switch order {
        case .rows(let stride): (first &+ column, stride)
        case .panels(let height, let skipped): (first &+ height &* column &+ skipped &* width, width)
        }
    }

    /// One past the last element (of the panels).
    var end: Int {
        if inputs == 0 || outputs == 0 { return first }
        return switch order {
        case .rows(let stride): first + (inputs - 1) * stride + outputs
        case .panels(let height, _): first + height * outputs
        }
    }

    /// The panels: first column, columns, first element, elements from row to row.
    func forEachPanel(of width: Int, _ body: (_ column: Int, _ width: Int, _ first: Int, _ stride: Int) -> Void) {
        for column in stride(from: 0, to: outputs, by: width) {
            let used = min(width, outputs - column), place = panel(at: column, width: used)
            body(column, used, place.first, place.stride)
        }
    }
}
