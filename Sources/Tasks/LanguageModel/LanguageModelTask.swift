import Configuration
import Diagnostics
import Foundation
import Kernels
import RecurrentNetworks
import SequenceData

/// Language modelling: the next character, byte or word at every time step, softmax cross-entropy.
///
/// A continuous text runs as parallel streams: every step is their next window of `training.truncation` time steps, or
/// of about so many, and begins with the states that the window before left behind. Lines by themselves are bucketed by
/// length instead.
public final class LanguageModelTask: SequenceTask {
    public static let name = "language_model"
    public static let metricNames = ["loss_nats", "accuracy"]

    public let configuration: RunConfiguration
    public let parameters: Parameters<Float>
    public let vocabulary: Vocabulary
    public let validationPlan: EpochPlan?
    let network: LanguageModelNetwork<Float>
    private let training: RunningText?
    private let validation: RunningText?
    private let trainingStreams: TextStreams?
    private let validationStreams: TextStreams?
    /// The states of the training streams after the step before.
    public let carriedState: CarriedState?
    private let validationState: CarriedState?

    package init(
        _ configuration: RunConfiguration, _ vocabulary: Vocabulary, training: RunningText?, validation: RunningText?,
        vectors: (values: [Float], width: Int)?, team: ThreadTeam
    ) throws {
        self.configuration = configuration
        self.vocabulary = vocabulary
        self.training = training
        self.validation = validation
        network = try LanguageModelNetwork(
            configuration.model, tokens: vocabulary.count, vectors: vectors,
            penalties: configuration.training.activationPenalties, team: team)
        let batchSize = configuration.training.batchSize, shards = configuration.training.shards
        let width = network.stateShapes.reduce(0) { $0 + $1.size * ($1.hasMemory ? 2 : 1) }
        try network.layout.check(configuration, others: configuration.data.lines ? 0 : batchSize * width)
        parameters = Parameters(network.layout)
        if configuration.data.lines {
            (trainingStreams, validationStreams, carriedState, validationState) = (nil, nil, nil, nil)
            validationPlan = validation.map { EpochPlan(validating: $0.lineLengths, configuration) }
        } else {
            trainingStreams = training.map { TextStreams($0, streams: batchSize, shards: shards) }
            let streams = validation.map {
                TextStreams($0, streams: min(batchSize, max(1, $0.tokens.count / 2)), shards: shards)
            }
            validationStreams = streams
            carriedState = CarriedState(shards: TextStreams.shards(streams: batchSize, shards: shards), width: width)
            validationState = streams.map { CarriedState(shards: $0.shards, width: width) }
            validationPlan = streams.map {
                EpochPlan(
                    shardOfStream: $0.shards,
                    windows: TextWindows(configuration, isRandom: false).windows(of: $0.length, epoch: 0),
                    shards: shards)
            }
        }
    }

    public var layers: [LayerDescription] { network.layers }

    public var artifacts: [TaskArtifact] { [TaskArtifact(name: "vocabulary", texts: vocabulary.strings)] }

    public var validationRemarks: [DataRemark] {
        guard let validation else { return [] }
        let unknown = DataRemark.unknown(validation.unknownTokens, of: validation.tokens.count)
        // Of a part held out nobody knows how many lines of it were cut.
        guard configuration.data.lines, training == nil else { return [unknown] }
        return [
            unknown,
            DataRemark("cut_lines", validation.cutLines, "cut at data.max_length", of: validation.lines, "lines"),
        ]
    }

    public func trainingPlan(epoch: Int) -> EpochPlan {
        if let streams = trainingStreams {
            let windows = TextWindows(configuration, isRandom: true)
            return EpochPlan(
                shardOfStream: streams.shards, windows: windows.windows(of: streams.length, epoch: epoch),
                fullWindow: windows.fullLength, shards: configuration.training.shards)
        }
        return EpochPlan(training: training?.lineLengths ?? [], configuration, epoch: epoch)
    }

    public func trainingExamples(longerThan steps: Int) -> Int? {
        trainingStreams == nil ? training?.lineLengths.count { $0 > steps } : nil
    }

    public func withFingerprintBytes(ofValidation: Bool, _ body: (UnsafeRawBufferPointer) -> Void) {
        (ofValidation ? validation : training)?.withFingerprintBytes(body)
    }

    public func trainingBatch(
        _ plan: EpochPlan, step: Int, shards: Range<Int>, subtrees: ShardSubtrees
    ) -> LanguageModelBatch {
        batch(training, trainingStreams, plan, step: step, shards: shards, subtrees: subtrees)
    }

    public func validationBatch(
        _ plan: EpochPlan, step: Int, shards: Range<Int>, subtrees: ShardSubtrees
    ) -> LanguageModelBatch {
        batch(validation, validationStreams, plan, step: step, shards: shards, subtrees: subtrees)
    }

    private func batch(
        _ text: RunningText?, _ streams: TextStreams?, _ plan: EpochPlan, step: Int, shards: Range<Int>,
        subtrees: ShardSubtrees
    ) -> LanguageModelBatch {
        if let streams {
            return LanguageModelBatch(
                streams, window: plan.windows[step], isContinued: step > 0, shards: shards, subtrees: subtrees)
        }
        guard let text else { preconditionFailure("a step needs a text") }
        return LanguageModelBatch(
            text, plan, step: step, shards: shards, subtrees: subtrees,
            lineEnd: RunningText.lineEndToken(configuration.data, vocabulary))
    }

    public func rowsRead(_ batch: LanguageModelBatch) -> [[Int32]] {
        guard let tokens = batch.input.tokens else { return parameters.tables.map { _ in [] } }
        let rows = Array(tokens.elements).sortedOnce
        return parameters.tables.map { _ in rows }
    }

    public func parametersChanged() { network.pack(parameters) }

    public func gradients(_ batch: LanguageModelBatch, optimizerStep: Int, into gradients: Gradients<Float>)
        -> ShardTotals
    {
        // A window of a stream is the whole of what its gradient travels through.
        let pass = Pass(
            trainingStep: optimizerStep, seed: configuration.seed,
            truncation: trainingStreams == nil ? configuration.training.truncation : nil)
        let totals = loss(batch, pass, carriedState)
        network.backward(batch.input, pass, into: gradients)
        return totals
    }

    public func evaluate(_ batch: LanguageModelBatch) -> ShardTotals { loss(batch, .evaluation, validationState) }

    /// Reads and renews the states of streams, and adds up what the shards contribute to the loss.
    private func loss(_ batch: LanguageModelBatch, _ pass: Pass, _ carried: CarriedState?) -> ShardTotals {
        var initial: RecurrentState<Float>?
        if let carried, batch.isContinued {
            initial = RecurrentState(carried, streams: batch.streams, shapes: network.stateShapes)
        }
        network.forward(batch.input, pass, parameters, initial: initial)
        carried?.keep(network.finalState(batch.input.packed), streams: batch.streams)
        let (losses, predictions) = network.losses(targets: batch.targets, parameters)
        let rows = batch.input.packed.gradientRows(liveSteps: nil)
        var totals = rowTotals(
            losses, predictions, targets: batch.targets, weights: nil, index: rows.rows, leaves: rows.leaves)
        totals.counts[0] = Int64(batch.input.packed.sequences)
        return totals
    }

    /// Sums: loss, targets. Counts: sequences, tokens, targets predicted rightly.
    public var totalsShape: (sums: Int, counts: Int) { (2, 3) }

    public func metrics(_ totals: Totals) -> TaskMetrics {
        let loss = totals.sums[1] == 0 ? 0 : totals.sums[0] / totals.sums[1]
        let unit =
            configuration.data.tokens == .words ? "word" : configuration.data.tokens == .bytes ? "byte" : "character"
        return TaskMetrics(values: [
            .init(name: "loss_nats", value: loss), .init(name: "perplexity", value: exp(loss)),
            .init(name: "bits_per_\(unit)", value: loss / log(2)),
            .init(
                name: "accuracy", value: totals.counts[1] == 0 ? 0 : Double(totals.counts[2]) / Double(totals.counts[1])
            ),
        ])
    }
}

extension RunningText {
    /// Tokens of each line, its end included.
    var lineLengths: [Int32] { (0..<lines).map { Int32(truncatingIfNeeded: lineBounds[$0 + 1] - lineBounds[$0]) } }
}

extension RecurrentState<Float> {
    /// The states of some streams, as a stack of layers takes them.
    init(_ carried: CarriedState, streams: [Int], shapes: [(size: Int, hasMemory: Bool)]) {
        let index = AlignedBuffer(streams.map { Int32(truncatingIfNeeded: $0) })
        var column = 0
        func part(_ size: Int) -> Matrix<Float> {
            let matrix = Matrix<Float>(rows: streams.count, columns: size)
            copyRows(
                carried.rows.columns(column..<column + size), rows: .indexed(index), into: matrix,
                rows: .all(streams.count))
            column += size
            return matrix
        }
        self.init(
            directions: shapes.map { DirectionState(hidden: part($0.size), memory: $0.hasMemory ? part($0.size) : nil) }
        )
    }
}

extension CarriedState {
    /// Keeps the states of some streams.
    func keep(_ state: RecurrentState<Float>, streams: [Int]) {
        let index = AlignedBuffer(streams.map { Int32(truncatingIfNeeded: $0) })
        var column = 0
        for part in state.parts {
            copyRows(
                part, rows: .all(streams.count), into: rows.columns(column..<column + part.columns),
                rows: .indexed(index))
            column += part.columns
        }
    }
}
