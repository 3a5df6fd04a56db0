import Configuration
import Diagnostics

/// The tasks there are; a new one is a line here (and its name among `RunConfiguration.taskNames`).
public enum TaskRegistry {
    public static var tasks: [any SequenceTask.Type] {
        [ClassificationTask.self, LanguageModelTask.self, TranslationTask.self, CaptionTask.self]
    }

    /// The task a configuration names.
    ///
    /// - Throws: `Diagnostic` (usage) where early stopping or the schedule watch a metric that the task has not.
    public static func task(_ configuration: RunConfiguration) throws -> any SequenceTask.Type {
        guard let task = tasks.first(where: { $0.name == configuration.task }) else {
            preconditionFailure("a configuration names a task that exists")
        }
        let training = configuration.training
        let watched = [
            ("training.early_stopping.metric", training.earlyStopping?.metric),
            ("training.schedule.metric", training.schedule.name == .plateau ? training.schedule.metric : nil),
        ]
        for case (let key, let metric?) in watched where !task.metricNames.contains(metric.metricName) {
            let known = TrainingConfiguration.Watched.allCases.filter { task.metricNames.contains($0.metricName) }
            throw Diagnostic(
                key, "\(metric.rawValue) is no metric of task: \(task.name)",
                expected: known.map(\.rawValue).joined(separator: ", "), category: .usage)
        }
        return task
    }
}
