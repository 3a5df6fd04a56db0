extension Int {
    /// The number with what it counts: `1 line`, `2 lines`.
    ///
    /// - Parameter plural: Where it is not `noun` with an s.
    public func counted(_ noun: String, plural: String? = nil) -> String {
        "\(self) \(self == 1 ? noun : plural ?? noun + "s")"
    }
}
