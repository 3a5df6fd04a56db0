import Configuration
import Diagnostics
import Foundation
import Kernels
import RecurrentNetworks
import SequenceData

/// How a text is to be written.
public struct GenerationRequest: Sendable {
    /// The text to go on from.
    public var prompt = ""
    /// Tokens to write at most.
    public var length = 500
    /// Above 1 wilder, below 1 tamer than the model's own distribution; 0: always the most probable token.
    public var temperature = 1.0
    /// Only so many of the most probable tokens; nil: all.
    public var topK: Int?
    /// Only the most probable tokens that together have this probability (Holtzman et al. 2020); nil: all.
    public var topP: Double?
    public var seed: UInt64 = 0
    /// Which of several texts of one seed.
    public var number = 0
    /// Hypotheses that a beam search keeps; nil: tokens are drawn.
    public var beam: Int?

    public init() {}
}

extension LanguageModelTask {
    /// Writes a text: the same request gives the same text.
    ///
    /// - Parameter write: Receives UTF-8 (a model of bytes: any bytes), piece by piece, without the prompt.
    /// - Throws: `Diagnostic` (usage) where the prompt has tokens that the model does not know.
    public func generate(_ request: GenerationRequest, write: ([UInt8]) -> Void) throws {
        let prompt = try RunningText.encode(request.prompt, configuration.data, vocabulary: vocabulary, subject: "prompt")
        var text = GeneratedText(self, after: prompt.last)
        if let beam = request.beam {
            for token in beamSearch(after: prompt, length: request.length, width: beam) { write(text.bytes(of: token)) }
            return
        }
        let stream = RandomStream(seed: request.seed, purpose: .sampling, index: UInt64(request.number))
        var logits = begin(with: prompt), state = network.finalState(SequenceInput<Float>(sequence: [lineEnd] + prompt).packed)
        for place in 0..<request.length {
            let token = choose(logits, request, stream.uniform(UInt64(place)))
            write(text.bytes(of: token))
            if configuration.data.lines && token == lineEnd { return }
            let input = SequenceInput<Float>(step: [token])
            logits = scores(network.forward(input, .evaluation, parameters, initial: state), row: 0)
            state = network.finalState(input.packed)
        }
    }

    private var lineEnd: Int32 { vocabulary.number(of: RunningText.lineEnd) }

    /// Reads the prompt after a line end; scores of the next token.
    private func begin(with prompt: [Int32]) -> [Float] {
        let logits = network.forward(.init(sequence: [lineEnd] + prompt), .evaluation, parameters, initial: nil)
        return scores(logits, row: prompt.count)
    }

    /// Padding and the unknown token are never written.
    private func scores(_ logits: Matrix<Float>, row: Int) -> [Float] {
        (0..<logits.columns).map { $0 < 2 ? -.infinity : logits[row, $0] }
    }

    private func choose(_ logits: [Float], _ request: GenerationRequest, _ draw: Double) -> Int32 {
        let order = logits.indices.dropFirst(2).sorted { (-logits[$0], $0) < (-logits[$1], $1) }
        guard let best = order.first, request.temperature > 0 else { return Int32(order.first ?? 0) }
        let kept = order.prefix(request.topK ?? order.count)
        let weights = kept.map { exp(Double(logits[$0] - logits[best]) / request.temperature) }
        let all = weights.reduce(0, +)
        var total = 0.0, count = 0
        for weight in weights {
            total += weight
            count += 1
            if let topP = request.topP, total >= topP * all { break }
        }
        var rest = draw * total
        for (token, weight) in zip(kept, weights).prefix(count) {
            if rest < weight { return Int32(token) }
            rest -= weight
        }
        return Int32(kept[kept.startIndex + count - 1])
    }

    /// The most probable continuation that a beam search of this width finds.
    private func beamSearch(after prompt: [Int32], length: Int, width: Int) -> [Int32] {
        struct Hypothesis {
            var tokens: [Int32]
            var score: Double
            var isDone = false
        }
        let first = logProbabilities(begin(with: prompt))
        let initial = network.finalState(SequenceInput<Float>(sequence: [lineEnd] + prompt).packed)
        var hypotheses = [Hypothesis(tokens: [], score: 0)], distributions = [first], state = initial
        for _ in 0..<length {
            var candidates: [(parent: Int, token: Int32?, score: Double)] = []
            for (parent, hypothesis) in hypotheses.enumerated() {
                if hypothesis.isDone {
                    candidates.append((parent, nil, hypothesis.score))
                    continue
                }
                let distribution = distributions[parent]
                let best = distribution.indices.sorted { (-distribution[$0], $0) < (-distribution[$1], $1) }.prefix(width)
                candidates += best.map { (parent, Int32($0), hypothesis.score + distribution[$0]) }
            }
            candidates.sort { ($0.score, $1.parent, $1.token ?? -1) > ($1.score, $0.parent, $0.token ?? -1) }
            candidates.removeLast(max(0, candidates.count - width))
            hypotheses = candidates.map { candidate in
                var next = hypotheses[candidate.parent]
                next.score = candidate.score
                if let token = candidate.token {
                    next.tokens.append(token)
                    next.isDone = configuration.data.lines && token == lineEnd
                }
                return next
            }
            if hypotheses.allSatisfy(\.isDone) { break }
            let input = SequenceInput<Float>(step: candidates.map { $0.token ?? lineEnd })
            let logits = network.forward(input, .evaluation, parameters, initial: state.selecting(candidates.map(\.parent)))
            distributions = hypotheses.indices.map { logProbabilities(scores(logits, row: $0)) }
            state = network.finalState(input.packed)
        }
        return hypotheses.first?.tokens ?? []
    }

    private func logProbabilities(_ scores: [Float]) -> [Double] {
        let largest = Double(scores.max() ?? 0)
        let sum = scores.reduce(0.0) { $0 + exp(Double($1) - largest) }
        return scores.map { Double($0) - largest - log(sum) }
    }
}

/// Turns tokens back into text, one after the other.
private struct GeneratedText {
    private let task: LanguageModelTask
    private var isAtLineStart: Bool

    init(_ task: LanguageModelTask, after token: Int32?) {
        self.task = task
        isAtLineStart = token == nil || token == task.vocabulary.number(of: RunningText.lineEnd)
    }

    mutating func bytes(of token: Int32) -> [UInt8] {
        if task.configuration.data.tokens == .bytes { return RunningText.byte(of: token).map { [$0] } ?? [] }
        let text = Array(task.vocabulary.string(of: Int(token)).utf8)
        let isWord = task.configuration.data.tokens == .words
        defer { isAtLineStart = text == [UInt8(ascii: "\n")] }
        return (isWord && !isAtLineStart && text != [UInt8(ascii: "\n")] ? [UInt8(ascii: " ")] : []) + text
    }
}

extension RecurrentState<Float> {
    /// The states of some sequences, in this order, in memory of their own.
    func selecting(_ sequences: [Int]) -> RecurrentState<Float> {
        let index = AlignedBuffer(sequences.map { Int32(truncatingIfNeeded: $0) })
        func rows(_ matrix: Matrix<Float>) -> Matrix<Float> {
            let result = Matrix<Float>(rows: sequences.count, columns: matrix.columns)
            copyRows(matrix, rows: .indexed(index), into: result, rows: .all(sequences.count))
            return result
        }
        return RecurrentState(
            directions: directions.map { DirectionState(hidden: rows($0.hidden), memory: $0.memory.map(rows)) })
    }
}
