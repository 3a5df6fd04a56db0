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
        let hasTables = reducer.standIn != nil && task.parameters.layout.tables.contains(where: \.isTrained)
        let whole = ShardSubtrees([0..<plan.shards], isRounded: reducer.subtrees.isRounded)
        func take() throws -> [UInt64] {
            enterNextEpoch(&plan)
            if hasTables {
                let all = task.trainingBatch(
                    plan, step: state.stepInEpoch, shards: 0..<plan.shards, subtrees: whole)
                reducer.standIn?.rows = task.rowsRead(all)
            }
            team.clock.start()
            try takeStep(plan)
            return team.clock.stop()
        }
        let clock = ContinuousClock(), begin = clock.now
        repeat { _ = try take() } while (clock.now - begin) / .seconds(1) < seconds / 2
        let counts = state.epochTotals.counts, tables = task.parameters.layout.tables.indices
        var result = ShareMeasurement(tables: tables.count)
        let measuring = clock.now, processor = processorSeconds()
        repeat {
            for (phase, time) in try take().enumerated() { result.seconds[phase] += Double(time) * 1e-9 }
            result.steps += 1
            guard let standIn = reducer.standIn, hasTables else { continue }
            for table in tables where task.parameters.layout.tables[table].isTrained {
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
    public var steps = 0
    public var examples = 0.0
    public var tokens = 0.0
    /// The part of the time that processors worked for the process; of one thread less than 1 where others took turns.
    public var processorShare = 1.0
    /// By number of the `StepPhase`.
    public var seconds = [Double](repeating: 0, count: StepPhase.allCases.count)
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
    }
}
