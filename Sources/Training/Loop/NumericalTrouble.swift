import Configuration
import Kernels
import MessagePassing
import RecurrentNetworks
import SequenceData
import Tasks

/// Finds out what made a step's loss or gradient other than finite; of use in that case only, since it costs a step.
///
/// Shards are examined one by one, each by itself: what is said does not depend on which ranks there are.
struct NumericalTrouble<Task: SequenceTask> {
    let task: Task
    let reducer: GradientReducer
    let team: ThreadTeam
    let plan: EpochPlan
    /// Within the plan.
    let step: Int
    /// Steps made before.
    let optimizerStep: Int

    /// What is wrong, in words that are the same on every rank, and whether it is the weights, so that every step would
    /// be like this one.
    ///
    /// - Parameters:
    ///   - reduced: The step's gradient over all shards.
    ///   - examined: Called after each shard, to undo what examining it changed.
    func account(
        _ reduced: GradientReducer.Reduced, examined: () -> Void
    ) throws -> (text: String, isOfWeights: Bool) {
        var own: [UInt8] = []
        if let names = nonFiniteWeights(task.parameters) {
            own = [Self.ofWeights] + Array("the weights are not finite: \(names)".utf8)
        } else {
            let present = plan.presentShards(step: step)
            for shard in reducer.shards where own.isEmpty && present[shard] {
                own = account(shard: shard).map { [Self.ofShard] + Array($0.utf8) } ?? []
                examined()
            }
        }
        // Also where a replica has drifted, every rank must take part, and all must come to one end.
        let reports = reducer.hasOthers ? try reducer.communicator.allGather(own) : [own]
        func text(_ rank: Int) -> String { String(decoding: reports[rank].dropFirst(), as: UTF8.self) }
        if let rank = reports.firstIndex(where: { $0.first == Self.ofWeights }) {
            let isShared = reports.allSatisfy { $0 == reports[rank] }
            return (isShared ? text(rank) : "rank \(rank): \(text(rank))", true)
        }
        // The lowest rank that has something to say holds the lowest of these shards.
        if let rank = reports.firstIndex(where: { !$0.isEmpty }) { return (text(rank), false) }
        let tables = reduced.tables.map { $0?.rows }
        let names = nonFiniteNames(task.parameters.layout, reduced.dense, tables)
        return ("the sum of the shards' gradients is not finite: \(listed(names))", false)
    }

    /// What a rank's report is about.
    private static var ofWeights: UInt8 { 1 }
    private static var ofShard: UInt8 { 2 }

    /// - Returns: nil where nothing is wrong with the shard.
    private func account(shard: Int) -> String? {
        let subtrees = ShardSubtrees([shard..<shard + 1], isRounded: reducer.subtrees.isRounded)
        let batch = task.trainingBatch(plan, step: step, shards: shard..<shard + 1, subtrees: subtrees)
        let gradients = Gradients<Float>(task.parameters.layout, subtrees: 1)
        team.probe.start()
        let totals = task.gradients(batch, optimizerStep: optimizerStep, into: gradients)
        let layer = team.probe.stop()
        let names = nonFiniteNames(task.parameters.layout, gradients.dense[0], gradients.tables.map { $0[0].rows })
        let loss = totals.sums.reduce(0) { $0 + $1[0] }
        if loss.isFinite && names.isEmpty { return nil }
        return "the \(loss.isFinite ? "gradient" : "loss") of shard \(shard) is not finite (\(members(of: shard))), "
            + (layer.map { "first in what \($0) puts out" }
                ?? (loss.isFinite ? "in \(listed(names))" : "though what the layers put out is all finite"))
    }

    /// `examples 3, 17 and 40, counted from 0`
    private func members(of shard: Int) -> String {
        let numbers = plan.examples(step: step, shard: shard).map { "\($0)" }
        let isStream = !plan.windows.isEmpty
        let text = "\(isStream ? "stream" : "example")\(numbers.count == 1 ? "" : "s") \(listed(numbers, showing: 16))"
        guard isStream else { return text + ", counted from 0" }
        let window = plan.windows[step]
        return text + " at time steps \(window.lowerBound) to \(window.upperBound - 1), all counted from 0"
    }
}

/// The first parameters with elements that are not finite; nil: there are none.
func nonFiniteWeights(_ parameters: Parameters<Float>) -> String? {
    let names = nonFiniteNames(parameters.layout, parameters.dense, parameters.tables)
    return names.isEmpty ? nil : listed(names)
}

/// Names of those parameters whose part of a buffer, or whose rows, are not all finite: in the order of the layers.
///
/// - Parameters:
///   - dense: Laid out as the parameters.
///   - tables: nil: not to be looked at.
func nonFiniteNames(_ layout: ParameterLayout, _ dense: AlignedBuffer<Float>, _ tables: [Matrix<Float>?]) -> [String] {
    let tableNames = zip(layout.tables, tables).filter { slice, rows in rows.map { !isFinite($0) } ?? false }
    let denseNames = layout.dense.filter {
        !isFinite(Matrix(dense, offset: $0.offset, rows: 1, columns: $0.count))
    }
    return tableNames.map(\.0.name) + denseNames.map(\.name)
}

/// `a, b and c`, or `a, b, c, d and 3 more`.
func listed(_ names: [String], showing most: Int = 4) -> String {
    let rest = names.count - most
    return rest <= 0 ? names.listed("and") : names[..<most].joined(separator: ", ") + " and \(rest) more"
}
