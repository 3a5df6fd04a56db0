import ArgumentParser
import Configuration
import Diagnostics
import HDF5
import Kernels
import MessagePassing
import Reporting
import Tasks
import Training

struct Evaluate: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Measure a model on data with labels.",
        discussion: """
            rnn-dist evaluate runs/ag-news --data test.csv --json
            rnn-dist evaluate runs/multi30k --data "test.{en,de}.gz" --beam 5
            """)

    @OptionGroup var model: ModelOptions

    @Option(
        help: "Data in the format of the training data; by default the run's validation data.",
        completion: .file())
    var data: String?

    @Flag(help: "One JSON object instead of tables.")
    var json = false

    @OptionGroup var emission: BeamOptions

    @Option(
        help: "Write the confusion matrix, or the last forecast beside what came, as an SVG picture to this file.",
        completion: .file(extensions: ["svg"]))
    var picture: String?

    func validate() throws { try OptionRange.checkName("--picture", picture, endsIn: ".svg") }

    func run() throws {
        try runOnRanks { communicator in
            try communicator.onFirstRank { if let picture { try OutputFile.picture.check(picture) } }
            let (path, metrics, task) = try evaluate(communicator)
            guard communicator.rank == 0 else { return 0 }
            let curves = (task as? ForecastTask)?.lastValidated ?? []
            if let picture, !curves.isEmpty {
                try AtomicFile.write(ForecastPicture(title: "Last forecast", curves).svg, to: picture)
            }
            if let picture, let confusion = metrics.confusion {
                try AtomicFile.write(
                    ConfusionMatrixPicture(
                        title: "Confusion matrix", labels: confusion.labels, counts: confusion.counts
                    ).svg,
                    to: picture)
            }
            let remarks = task.validationRemarks
            print(
                json ? MetricsText.json(metrics, remarks, checkpoint: path).text : MetricsText.tables(metrics, remarks),
                terminator: json ? "\n" : "")
            return 0
        }
    }

    private func evaluate(_ communicator: Communicator) throws -> (path: String, TaskMetrics, any SequenceTask) {
        let team = model.team
        let (path, step, task) = try communicator.onAllRanks { try load(team) }
        let fingerprint = try communicator.onAllRanks { try RunFingerprint(task.configuration, task, startStep: step) }
        try communicator.requireEqual(fingerprint.properties)
        guard let metrics = try metrics(of: task, communicator) else {
            throw AgreedFailure(
                message: "\(path): the run has no validation data, expected some; name data with --data",
                category: .usage)
        }
        return (path, metrics, task)
    }

    private func metrics<Task: SequenceTask>(of task: Task, _ communicator: Communicator) throws -> TaskMetrics? {
        try Evaluation(task, communicator).run()
    }

    private func load(_ team: ThreadTeam) throws -> (path: String, step: Int, any SequenceTask) {
        let stored = try StoredCheckpoint(path: try CheckpointFolder.resolve(model.checkpoint))
        if let path = data ?? stored.configuration.data.validation {
            let model = try LoadedModel(stored.path, data: path, team: team)
            return (stored.path, stored.step, try asAsked(model.task))
        }
        // The held-out part of the training data.
        let task = try TaskRegistry.task(stored.configuration).forTraining(
            stored.configuration, team: team, artifacts: stored.artifacts
        ) { _ in }
        try stored.restore(task.parameters)
        task.parametersChanged()
        return (stored.path, stored.step, try asAsked(task))
    }

    /// The task, its translations made as asked for.
    ///
    /// - Throws: `Diagnostic` (usage) for an option that would be passed over.
    private func asAsked(_ task: any SequenceTask) throws -> any SequenceTask {
        func refuse(_ option: String, _ found: String, _ expected: String) -> Diagnostic {
            Diagnostic(option, "\(found) (task: \(task.configuration.task))", expected: expected, category: .usage)
        }
        if let translation = task as? TranslationTask {
            translation.evaluationBeam = BeamSearch(width: emission.beam, lengthPenalty: emission.lengthPenalty)
        } else if emission.beam > 1 || emission.lengthPenalty != 1 {
            throw refuse(
                emission.beam > 1 ? "--beam" : "--length-penalty", "the evaluation emits no sequences",
                "task: translate")
        }
        if picture != nil, !(task is ClassificationTask), !task.predictionOptions.contains(.picture) {
            throw refuse("--picture", "the evaluation has nothing to draw", "task: classify, or a forecast of series")
        }
        return task
    }
}
