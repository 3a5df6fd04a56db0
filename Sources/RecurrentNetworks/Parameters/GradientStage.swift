/// Dense parameters, such as a layer's, whose gradients are complete at one moment of the backward pass.
public struct GradientStage: Sendable {
    /// Among the stages of the layout.
    public let number: Int
    let dense: Range<Int>
    let tiedTable: Int?

    /// Its places in the flat gradient buffer.
    ///
    /// - Parameter tiedRanges: `ParameterLayout.tiedRanges`
    public func ranges(_ tiedRanges: [Range<Int>?]) -> [Range<Int>] {
        [dense, tiedTable.flatMap { tiedRanges[$0] } ?? 0..<0].filter { !$0.isEmpty }
    }
}
