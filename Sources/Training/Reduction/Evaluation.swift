import MessagePassing
import Tasks

/// An evaluation outside of training, on all ranks.
public struct Evaluation<Task: SequenceTask> {
    private let task: Task
    private let communicator: Communicator

    public init(_ task: Task, _ communicator: Communicator) {
        self.task = task
        self.communicator = communicator
    }

    /// - Returns: The metrics of the task's validation data; nil where there is none.
    /// - Throws: `Diagnostic` (usage) for more ranks than shards.
    public func run() throws -> TaskMetrics? {
        guard let plan = task.validationPlan else { return nil }
        return try Evaluator(task: task, reducer: GradientReducer(communicator, shards: plan.shards)).validate()
    }
}
