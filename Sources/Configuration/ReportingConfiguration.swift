/// What a run writes besides `metrics.jsonl` and its pictures.
public struct ReportingConfiguration: Equatable, Sendable {
    /// Event files in `tensorboard/` in the run's folder.
    public var tensorboard = false
    /// TensorBoard: histograms of weights and gradients every so many epochs; nil: none.
    public var histogramsEveryEpochs: Int?

    public init() {}
}

extension ReportingConfiguration: ConfigurationSection {
    static var keys: [Key<Self>] {
        let isForTensorBoard = Condition<Self>(
            expected: "tensorboard: true", found: { "tensorboard: \($0.tensorboard)" }, holds: \.tensorboard)
        return [
            Key("tensorboard", \.tensorboard, .flag, "writes event files for TensorBoard to output/tensorboard"),
            Key(
                "histograms_every_epochs", \.histogramsEveryEpochs, .optional(.whole(Limits.count)),
                "of weights, and of the epoch's last gradient; null: none", only: isForTensorBoard),
        ]
    }
}
