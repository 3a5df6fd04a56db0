import Kernels
import RecurrentNetworks

/// The numbers of each trained parameter: of the weights, or of their gradient. Nothing is copied before it is asked
/// for.
public struct ParameterValues: Sendable {
    private let layout: ParameterLayout
    private let dense: AlignedBuffer<Float>
    /// nil: not trained.
    private let tables: [Matrix<Float>?]

    /// What the numbers are to be multiplied by.
    public let factor: Double

    package init(_ parameters: Parameters<Float>) {
        (layout, dense, factor) = (parameters.layout, parameters.dense, 1)
        tables = zip(parameters.tables, parameters.layout.tables).map { $1.isTrained ? $0 : nil }
    }

    /// - Parameter weight: Of the targets that the gradient was summed over.
    init(_ reduced: GradientReducer.Reduced, _ layout: ParameterLayout, weight: Double) {
        (self.layout, dense, factor) = (layout, reduced.dense, weight > 0 ? 1 / weight : 0)
        tables = reduced.tables.map { table in table.map { $0.rows.rows(0..<$0.ids.count) } }
    }

    /// Calls `body` with the values of each parameter, row-major; of a table's gradient with those rows that were
    /// touched.
    public func forEach(_ body: (_ name: String, _ values: UnsafeBufferPointer<Float>) throws -> Void) rethrows {
        func visit(_ name: String, _ values: Matrix<Float>) throws {
            try withExtendedLifetime(values.storage) {
                let range = values.offset..<values.offset + values.rows * values.columns
                try body(name, UnsafeBufferPointer(rebasing: values.storage.elements[range]))
            }
        }
        for (slice, table) in zip(layout.tables, tables) {
            if let table { try visit(slice.name, table) }
        }
        for slice in layout.dense { try visit(slice.name, slice.load(from: dense)) }
    }
}
