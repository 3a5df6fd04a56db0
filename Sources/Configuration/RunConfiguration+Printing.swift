extension RunConfiguration {
    /// The configuration as YAML, every key with its value, defaults included; reading it back gives an
    /// equal (`resolved`) configuration.
    ///
    /// - Parameter comments: Adds one line of documentation to each key, and shows as comments the keys
    ///   that do not apply to the values chosen.
    public func yaml(comments: Bool) -> String {
        resolved.tree.yaml(comments: comments)
    }
}
