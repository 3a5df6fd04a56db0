import Configuration
import Kernels
import MessagePassing
import RecurrentNetworks
import Training

/// What a step's time is made of, in seconds.
package struct StepPrediction: Equatable, Sendable {
    /// Products and what belongs to them: all that grows with the rows of a minibatch.
    package var products = 0.0
    /// What the rank with most rows needs beyond the mean one.
    package var imbalance = 0.0
    /// Batches, the optimizer, weights rearranged: what each rank does for itself, however few its rows.
    package var updates = 0.0
    /// Sums over the ranks that nothing hides.
    package var communication = 0.0
    /// Sums over the ranks made while gradients are computed.
    package var hidden = 0.0
    /// The part of `communication` that real steps took more than the model says, or less.
    package var beyondModel = 0.0

    package init() {}

    package var seconds: Double { products + imbalance + updates + communication }

    /// What keeps it from being faster: of what is not the work itself the most, where that is half as much as it.
    package var limit: String {
        let largest = max(imbalance, updates, communication)
        if largest <= 0.5 * products { return "products" }
        return largest == communication ? "communication" : largest == updates ? "updates" : "imbalance"
    }
}

/// The time of a training step on so many ranks: measured work of a rank, and a model of what ranks tell each other.
package struct StepModel: Sendable {
    package var ranks: Int
    package var shards: Int
    package var wire: TrainingConfiguration.Wire
    package var layout: ParameterLayout
    /// Of a mean step of the run, all ranks together.
    package var tokens: Double
    /// Of one rank's mean step; tokens are those it had.
    package var measured: ShareMeasurement
    /// `EpochPlan.rankImbalance`
    package var imbalance: Double
    /// Sums of a shard, and counts, that ranks tell each other in each step.
    package var totals: (sums: Int, counts: Int)
    /// Whether ranks send each other rows that they brought up to date.
    package var sharesValues: Bool
    /// Whether sums over the ranks are made while gradients are computed, and whether a core is left for them.
    package var overlaps: Bool
    package var hasSpareCore = false
    /// Seconds that real steps of several ranks took more than this model says, or less: caches that ranks empty for
    /// each other, and waiting that messages bring with them.
    package var beyond = 0.0

    package init(
        ranks: Int, shards: Int, wire: TrainingConfiguration.Wire, layout: ParameterLayout, tokens: Double,
        measured: ShareMeasurement, imbalance: Double, totals: (sums: Int, counts: Int), sharesValues: Bool,
        overlaps: Bool
    ) {
        (self.ranks, self.shards, self.wire, self.layout) = (ranks, shards, wire, layout)
        (self.tokens, self.measured, self.imbalance, self.totals) = (tokens, measured, imbalance, totals)
        (self.sharesValues, self.overlaps) = (sharesValues, overlaps)
    }

    private static let productPhases: [StepPhase] = [
        .inputProjection, .recurrence, .output, .outputBackward, .recurrenceBackward, .inputBackward, .weightGradients,
    ]
    private static let backwardPhases: [StepPhase] = [
        .outputBackward, .recurrenceBackward, .inputBackward, .weightGradients,
    ]
    /// What a look at messages adds to a sum that is made beside the work, each time.
    private static let sleep = 75e-6

    private func perStep(_ phases: [StepPhase]) -> Double {
        phases.reduce(0) { $0 + measured.seconds[$1.rawValue] } / Double(max(1, measured.steps))
    }

    /// - Parameter batch: Minibatches so many times as large as those measured: products take as many times as long,
    ///   and so does what is done for rows of tables.
    package func prediction(_ links: Links, batch: Double = 1) -> StepPrediction {
        var step = StepPrediction()
        let mean = tokens / Double(ranks), own = measured.tokens / Double(max(1, measured.steps))
        let scale = own > 0 ? mean / own : 1
        step.products = perStep(Self.productPhases) * scale * batch
        step.imbalance = max(step.products * (imbalance - 1), measured.wait)
        let others = StepPhase.ofSteps.filter { !Self.productPhases.contains($0) }
        let growing: [StepPhase] = layout.tables.contains(where: \.isTrained) ? [.data, .optimizer] : [.data]
        step.updates = perStep(others) + (batch - 1) * perStep(growing)
        guard ranks > 1 else { return step }

        let backward = perStep(Self.backwardPhases) * scale * batch
        let early = earlySeconds(links, backward: backward)
        step.hidden = early.hidden
        let rows = measured.ownRows.indices.reduce(0.0) {
            let table = layout.tables[$1], width = sharesValues ? table.width : 0
            return $0 + (table.isTrained ? measured.ownRows[$1] * Double(1 + width) : 0)
        } * 4 * batch / Double(max(1, measured.steps))
        step.communication = early.exposed + seconds(rest(batch), links)
            + links.gatheringSeconds(bytes: Double(summaryBytes), ranks: ranks)
            + links.gatheringSeconds(bytes: rows, ranks: ranks)
        step.beyondModel = max(beyond, -step.communication)
        step.communication += step.beyondModel
        return step
    }

    /// Bytes that the rank with most of them sends in tree sums of a step.
    package var bytesSent: Int {
        (ReductionMessages(layout).early.map { schedule($0.ranges.map { Double($0.count) }) } + [schedule(rest(1))])
            .reduce(0) { $0 + $1.bytesSent }
    }

    /// Numbers of the vectors of the last sum: what did not leave early, and all ranks' rows of each table.
    private func rest(_ batch: Double) -> [Double] {
        ReductionMessages(layout).rest.map { Double($0.count) }
            + layout.tables.indices.filter { layout.tables[$0].isTrained }.map {
                let rows = min(
                    measured.allRows[$0] / Double(max(1, measured.steps)) * batch, Double(layout.tables[$0].rows))
                return rows * Double(layout.tables[$0].width)
            }
    }

    private var tree: ShardTree? { try? ShardTree(shards: shards, ranks: ranks) }

    private func schedule(_ numbers: [Double]) -> ReductionSchedule {
        let width = wire == .bfloat16 ? 2.0 : 4.0
        guard let tree else { preconditionFailure("shards are enough for the ranks") }
        return ReductionSchedule(tree, vectors: numbers.map { Int($0 * width) }.filter { $0 > 0 })
    }

    private func seconds(_ numbers: [Double], _ links: Links) -> Double {
        let isRounded = wire == .bfloat16
        let rounding = isRounded ? numbers.reduce(0, +) * links.addition.rounding : 0
        return rounding + links.seconds(
            schedule(numbers), ranks: ranks, addition: isRounded ? links.addition.bfloat16 : links.addition.float32)
    }

    /// Sums that begin in the backward pass, one after the other as stages are complete.
    private func earlySeconds(_ links: Links, backward: Double) -> (exposed: Double, hidden: Double) {
        let messages = ReductionMessages(layout).early
        let times = messages.map { seconds($0.ranges.map { Double($0.count) }, links) }
        let sum = times.reduce(0, +)
        guard overlaps else { return (sum, 0) }
        // Backward passes take about as long as a stage has weights.
        let ranges = layout.tiedRanges
        let sizes = layout.stages.map { $0.ranges(ranges).reduce(0) { $0 + $1.count } }
        let all = Double(max(1, sizes.reduce(0, +)))
        var end = 0.0
        for (message, time) in zip(messages, times) {
            let lowest = message.stages.min() ?? 0
            let ready = backward * Double(sizes[lowest...].reduce(0, +)) / all
            let rounds = schedule(message.ranges.map { Double($0.count) }).rounds.count
            end = max(end, ready) + time + Double(rounds) * Self.sleep
        }
        let late = max(0, end - backward)
        let isRemote = links.hosts(ranks) > 1
        let bytes = messages.reduce(0) { $0 + schedule($1.ranges.map { Double($0.count) }).bytesSent }
        let work = hasSpareCore ? 0 : isRemote ? Double(bytes) * links.processorSecondsPerByte : sum
        return (min(late + work, sum + work), max(0, sum - late))
    }

    private var summaryBytes: Int {
        guard let tree else { return 0 }
        let subtrees = (0..<ranks).map { tree.maximalAlignedSubtrees(of: tree.shards(ofRank: $0)).count }.max() ?? 1
        // Three wishes travel with the counts.
        return 8 * (subtrees * totals.sums + totals.counts + 3 + layout.tables.count)
    }
}
