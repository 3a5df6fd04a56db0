/// Numeric sequences in a fixed order, each with its label and its place for messages.
protocol NumericSource {
    /// File for messages.
    var name: String { get }
    /// Features per time step.
    var width: Int { get }

    /// Calls `body` for each sequence; its values are `[step, width]`, name and label are empty where there is
    /// none.
    ///
    /// - Returns: Number of blank lines passed over.
    func forEach(
        _ body: (_ name: Span<UInt8>, _ label: Span<UInt8>, _ values: [Float], _ place: SourcePlace) throws -> Void
    ) throws -> Int
}
