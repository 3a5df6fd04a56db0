import Dispatch
import Kernels
import MessagePassing

/// Sums over the ranks that begin in the backward pass, in a thread of their own where there is one.
///
/// Every rank sums the same messages in the same order. A rank without that thread, or without examples, does it when
/// its backward pass is over.
final class EarlySums: @unchecked Sendable {
    private let messages: [ReductionMessages.Message]
    private let communicator: Communicator
    private let thread: DispatchQueue?
    private var sum: (ReductionMessages.Message) throws -> Void = { _ in }
    private var completed: Set<Int> = []
    private var begun = 0
    /// The thread's alone, but for `finish`, which waits for it.
    private var failure: (any Error)?

    /// - Parameter hasThread: Whether this rank sums while it computes.
    init(_ messages: [ReductionMessages.Message], _ communicator: Communicator, hasThread: Bool) {
        self.messages = messages
        self.communicator = communicator
        thread = hasThread && !messages.isEmpty ? DispatchQueue(label: "gradient sums", qos: .userInitiated) : nil
    }

    /// Begins a step. Until `finish`, messages are the thread's, and so is MPI.
    ///
    /// - Parameter sum: Sums a message over the ranks.
    func start(_ sum: @escaping (ReductionMessages.Message) throws -> Void) {
        self.sum = sum
        completed = []
        begun = 0
        communicator.sleepsWhileWaiting = thread != nil
    }

    /// Begins to sum what is complete now.
    func complete(_ stage: Int) {
        precondition(completed.insert(stage).inserted, "a stage is complete once in a step")
        guard thread != nil else { return }
        while begun < messages.count, messages[begun].stages.allSatisfy(completed.contains) { beginNext() }
    }

    /// Waits for the sums of all messages.
    func finish() throws {
        communicator.sleepsWhileWaiting = false
        while begun < messages.count { beginNext() }
        thread?.sync {}
        sum = { _ in }
        if let failure { throw failure }
    }

    private func beginNext() {
        let number = begun
        begun += 1
        if let thread { thread.async { self.run(number) } } else { run(number) }
    }

    private func run(_ number: Int) {
        guard failure == nil else { return }
        Processor.setFloatingPointEnvironment()
        do { try sum(messages[number]) } catch { failure = error }
    }
}
