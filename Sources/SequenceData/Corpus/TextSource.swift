/// Texts in a fixed order, each with its label and its place for messages.
protocol TextSource {
    /// File or folder for messages.
    var name: String { get }

    /// Calls `body` for each text, which is UTF-8; the label is empty where the source has none.
    ///
    /// - Returns: Number of blank lines passed over.
    func forEach(_ body: (_ label: Span<UInt8>, _ text: Span<UInt8>, _ place: SourcePlace) throws -> Void) throws -> Int
}
