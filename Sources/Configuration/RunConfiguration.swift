/// Everything a run depends on, as read from YAML: `rnn-dist config` prints it with every default.
///
/// Property names are the YAML keys in camel case. A value here has been checked: sizes are positive,
/// names exist, options that exclude each other do not meet.
public struct RunConfiguration: Equatable, Sendable {
    public var task = "classify"
    public var seed: UInt64 = 0
    public var data = DataConfiguration()
    public var model = ModelConfiguration()
    /// Of a forecast only.
    public var forecast = ForecastConfiguration()
    /// Of `task: tag`.
    public var tagging = TaggingConfiguration()
    public var training = TrainingConfiguration()
    public var checkpoint = CheckpointConfiguration()
    public var reporting = ReportingConfiguration()
    /// Folder of the run: metrics, checkpoints, pictures.
    public var output = "runs/surnames"
    /// What the model has to find room in; no key.
    public var room = ModelRoom()

    /// The embedded task: names of families and the languages they come from.
    public init() {
        data.standardize.foldAccents = true
        training.clipNorm = 5
    }

    /// What a configuration file begins with: every section's own defaults.
    init(output: String) {
        data = DataConfiguration()
        training = TrainingConfiguration()
        self.output = output
    }
}
