import Diagnostics

extension TaskArtifact {
    /// Numbers of a time step that a checkpoint's `feature_width` states; 0: there are none.
    ///
    /// - Throws: `Diagnostic` where that is no number of features, which sizes of weights follow from.
    static func featureWidth(_ texts: [String]) throws -> Int {
        let text = texts.first ?? ""
        guard let width = Int(text), (0...1_000_000).contains(width) else {
            throw Diagnostic(
                "checkpoint", "'artifacts/feature_width' is '\(text.prefix(40))'", expected: "a number of features")
        }
        return width
    }
}
