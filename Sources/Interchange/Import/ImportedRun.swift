import Configuration
import ContentDigest
import Diagnostics
import HDF5
import Kernels
import Optimization
import Tasks
import Training

/// A checkpoint before the first step, its weights those of another program.
public struct ImportedRun {
    private let task: any SequenceTask
    private let source: String

    /// Looks at the place for the checkpoint, before anything is read.
    ///
    /// - Throws: `Diagnostic` where there is a run already, or nothing can be written.
    public static func check(output: String) throws {
        if ForeignFile.isNamed(output) {
            try AtomicFile.checkNew(output)
        } else {
            try RunFolder(output).check(continues: false, canContinue: false)
        }
    }

    /// Reads data and weights; nothing is written.
    ///
    /// - Parameters:
    ///   - configuration: Of the model that the weights belong to; its data gives vocabularies and labels.
    ///   - path, renamed: As for `ModelImport.filling`.
    ///   - notice: Told what was read.
    public init(
        _ configuration: RunConfiguration, from path: String, renamed: [(name: String, inFile: String)],
        team: ThreadTeam, notice: (String) -> Void
    ) throws {
        source = path
        // Looked at before data are read, which may take long.
        let file = try WeightFile(path)
        task = try TaskRegistry.task(configuration).forTraining(
            configuration, team: team, artifacts: nil, notice: notice)
        task.parameters.initialize(seed: configuration.seed)
        let model = try PortableModel(task, subject: "configuration")
        if let vocabulary = configuration.data.vocabulary.file, vocabulary.hasSuffix(".json") {
            try ExportedText(vocabulary).check(model)
        }
        if model.task != .languageModel {
            let names = model.classes.prefix(8).joined(separator: ", ") + (model.classes.count > 8 ? ", …" : "")
            notice("outputs in this order: \(names)" + (model.task == .classify ? " (data.labels says otherwise)" : ""))
        }
        if let architecture = file.architecture {
            try architecture.check(model)
            architecture.notes.forEach(notice)
        } else {
            notice("\(path) has weights alone: that layers compute what the configuration says is taken on trust")
        }
        try ModelImport.filling(model, from: file, renamed: renamed).store(into: task.parameters)
        task.parametersChanged()
    }

    /// Writes the checkpoint: into the folder of a new run, or where the name ends in `.h5` as that file.
    ///
    /// - Returns: Its path.
    public func write(to output: String) throws -> String {
        try Self.check(output: output)
        let folder = RunFolder(output), isFile = ForeignFile.isNamed(output)
        let configuration = task.configuration
        let optimizer = Optimizer(configuration.training.optimizer, task.parameters.layout)
        let totals = Totals(
            sums: [Double](repeating: 0, count: task.totalsShape.sums),
            counts: [Int64](repeating: 0, count: task.totalsShape.counts))
        let receipt = Checkpoint.Receipt(
            lines: ["weights: of \(source), SHA-256 \(try SHA256Digest(ofFile: source))"])
        let snapshot = CheckpointSnapshot(
            configuration, roomFor: task.parameters, artifacts: task.artifacts, carried: task.carriedState,
            receipt: receipt)
        snapshot.take(
            task.parameters, optimizer, TrainingState(epochTotals: totals), carried: task.carriedState)
        let image = try snapshot.image(subject: output)
        if isFile {
            try SealedFile.write(image, to: output)
            return output
        }
        try folder.make()
        return try folder.checkpoints.write(image, step: 0, isBest: false, keep: configuration.checkpoint.keep)
    }
}
