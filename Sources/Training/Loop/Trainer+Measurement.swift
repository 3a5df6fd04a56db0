import Diagnostics
import Kernels
import MessagePassing
import SequenceData

/// What some training steps took, on this rank.
public struct StepMeasurement: Sendable {
    public var steps = 0
    /// The slowest rank's.
    public var seconds = 0.0
    /// Processor time of all threads of the process.
    public var processorSeconds = 0.0
    /// Of all ranks.
    public var examples = 0
    public var tokens = 0
    /// By number of the `StepPhase`.
    public var nanoseconds: [UInt64] = []
    public var bytesSent = 0

    public init() {}
}

extension Trainer {
    /// Takes training steps for some time, without validations, reports or checkpoints.
    ///
    /// - Parameters:
    ///   - seconds: Measured at least so long; every rank takes the same steps.
    ///   - warmUp: Steps made before.
    public func measureSteps(seconds: Double, warmUp: Int = 3) throws -> StepMeasurement {
        var plan = try firstPlan()
        func take(_ count: Int) throws {
            for _ in 0..<count {
                enterNextEpoch(&plan)
                try takeStep(plan)
            }
        }
        try take(warmUp)
        try communicator.barrier()
        let counts = state.epochTotals.counts, sent = reducer.bytesSent
        var result = StepMeasurement()
        let clock = ContinuousClock(), begin = clock.now, processor = processorSeconds()
        team.clock.start()
        repeat {
            // As many again, but no more than the time that is left has room for.
            let left = (seconds - result.seconds) / result.seconds * Double(result.steps)
            let count = result.steps == 0 ? 1 : max(1, min(result.steps, Int(min(left, 1e9)) + 1))
            try take(count)
            result.steps += count
            team.clock.enter(.waiting)
            result.seconds =
                try communicator.allGather([(clock.now - begin) / .seconds(1)]).map { $0[0] }.max() ?? seconds
        } while result.seconds < seconds
        result.nanoseconds = team.clock.stop()
        result.processorSeconds = processorSeconds() - processor
        result.examples = Int(state.epochTotals.counts[0] - counts[0])
        result.tokens = Int(state.epochTotals.counts[1] - counts[1])
        result.bytesSent = reducer.bytesSent - sent
        return result
    }

    /// Takes steps of the share that the trainer was made for. This rank waits for no other and talks to none.
    ///
    /// - Parameter seconds: Measured so long, after half as long to warm up: at least one step each.
    public func measureShare(seconds: Double) throws -> ShareMeasurement {
        var plan = try firstPlan()
        let trained = task.parameters.layout.tables.map(\.isTrained)
        let hasTables = reducer.standIn != nil && trained.contains(true)
        let whole = ShardSubtrees([0..<plan.shards], isRounded: reducer.subtrees.isRounded)
        func take() throws -> [UInt64] {
            team.clock.start()
            enterNextEpoch(&plan)
            let planning = team.clock.stop()
            if hasTables {
                let all = task.trainingBatch(
                    plan, step: state.stepInEpoch, shards: 0..<plan.shards, subtrees: whole)
                reducer.standIn?.rows = zip(task.rowsRead(all), trained).map { $1 ? $0 : [] }
            } else {
                reducer.standIn?.rows = trained.map { _ in [] }
            }
            team.clock.start()
            try takeStep(plan)
            return zip(planning, team.clock.stop()).map { $0 + $1 }
        }
        let clock = ContinuousClock(), begin = clock.now
        var warmUp = 0
        repeat {
            _ = try take()
            warmUp += 1
        } while (clock.now - begin) / .seconds(1) < seconds / 2
        let counts = state.epochTotals.counts, tables = task.parameters.layout.tables.indices
        var result = ShareMeasurement(tables: tables.count)
        // Of the steps before nothing is known.
        result.stepSeconds = [Double](repeating: .nan, count: min(warmUp, ShareMeasurement.mostSteps))
        let measuring = clock.now, processor = processorSeconds()
        repeat {
            let times = try take().map { Double($0) * 1e-9 }
            for (phase, time) in times.enumerated() { result.seconds[phase] += time }
            result.steps += 1
            if result.stepSeconds.count < ShareMeasurement.mostSteps { result.stepSeconds.append(times.reduce(0, +)) }
            guard let standIn = reducer.standIn, hasTables else { continue }
            for table in tables where trained[table] {
                result.ownRows[table] += Double(standIn.ownRows[table])
                result.allRows[table] += Double(standIn.rows[table].count)
            }
        } while (clock.now - begin) / .seconds(1) < seconds * 1.5
        result.processorShare = (processorSeconds() - processor) / ((clock.now - measuring) / .seconds(1))
        result.examples = Double(state.epochTotals.counts[0] - counts[0])
        result.tokens = Double(state.epochTotals.counts[1] - counts[1])
        return result
    }

    private func firstPlan() throws -> EpochPlan {
        let plan = task.trainingPlan(epoch: state.epoch)
        guard plan.stepCount > 0 else {
            throw Diagnostic(configuration.data.train, "it has no training steps", expected: "at least one")
        }
        return plan
    }

    private func enterNextEpoch(_ plan: inout EpochPlan) {
        guard state.stepInEpoch == plan.stepCount else { return }
        team.clock.enter(.data)
        state.epoch += 1
        state.stepInEpoch = 0
        plan = task.trainingPlan(epoch: state.epoch)
    }
}

/// What one rank's part of some training steps took by itself; sums over all steps.
public struct ShareMeasurement: Sendable {
    /// Every rank holds those of all ranks.
    static let mostSteps = 1 << 16

    public var steps = 0
    public var examples = 0.0
    public var tokens = 0.0
    /// The part of the time that processors worked for the process; of one thread less than 1 where others took turns.
    public var processorShare = 1.0
    /// By number of the `StepPhase`.
    public var seconds = [Double](repeating: 0, count: StepPhase.allCases.count)
    /// Of each step from the first one, up to `mostSteps`; those of the warm-up are not numbers.
    public var stepSeconds: [Double] = []
    /// What the slowest of some ranks took longer than their mean in a mean step, by `stepSeconds`.
    public var wait = 0.0
    /// Rows of each table that the rank had gradients for, and those that all ranks together had.
    public var ownRows: [Double]
    public var allRows: [Double]

    public init(tables: Int) {
        ownRows = [Double](repeating: 0, count: tables)
        allRows = ownRows
    }

    /// As a rank tells it to another.
    package var numbers: [Double] {
        [Double(steps), examples, tokens, processorShare * Double(steps)] + seconds + ownRows + allRows
    }

    package init(numbers: [Double], tables: Int) {
        self.init(tables: tables)
        (steps, examples, tokens) = (Int(numbers[0]), numbers[1], numbers[2])
        processorShare = numbers[3] / max(1, numbers[0])
        seconds = Array(numbers[4..<4 + seconds.count])
        ownRows = Array(numbers.dropLast(tables).suffix(tables))
        allRows = Array(numbers.suffix(tables))
    }

    /// The mean step of the ranks that had any tokens, or of all where none had.
    package init(meanOf ranks: [ShareMeasurement]) {
        let busy = ranks.filter { $0.tokens > 0 }, chosen = busy.isEmpty ? ranks : busy
        let tables = chosen.first?.ownRows.count ?? 0
        var mean = [Double](repeating: 0, count: chosen.first?.numbers.count ?? 4 + StepPhase.allCases.count)
        for rank in chosen {
            let share = 1 / Double(max(1, rank.steps) * chosen.count)
            for (i, number) in rank.numbers.enumerated() { mean[i] += number * share }
        }
        mean[0] = 1
        self.init(numbers: mean, tables: tables)
        wait = Self.meanWait(of: chosen)
    }

    /// What the slowest of some ranks takes longer than their mean, in a mean step.
    private static func meanWait(of ranks: [ShareMeasurement]) -> Double {
        func wait(_ times: [Double]) -> Double { (times.max() ?? 0) - times.reduce(0, +) / Double(max(1, times.count)) }
        // Of the same minibatches.
        let waits = (0..<(ranks.map(\.stepSeconds.count).min() ?? 0)).map { step in
            wait(ranks.map { $0.stepSeconds[step] })
        }.filter { !$0.isNaN }
        if !waits.isEmpty { return waits.reduce(0, +) / Double(waits.count) }
        // So unlike that they made no minibatch in the same time.
        return wait(ranks.map { $0.seconds.reduce(0, +) / Double(max(1, $0.steps)) })
    }
}
