import Configuration
import Diagnostics
import Foundation
import Kernels
import RecurrentNetworks
import SequenceData

extension LanguageModelTask: TextGenerating {
    /// Goes on from a prompt, or from a line's end.
    public func generate(_ request: GenerationRequest, write: ([UInt8]) -> Void) throws {
        guard request.label == nil else {
            throw Diagnostic("--label", "a language model has no labels", expected: "none", category: .usage)
        }
        let prompt = try RunningText.encode(
            request.prompt, configuration.data, vocabulary: vocabulary, subject: "prompt")
        var text = GeneratedText(self, after: prompt.last)
        if let beam = request.beam {
            for token in beamSearch(after: prompt, length: request.length, width: beam) { write(text.bytes(of: token)) }
            return
        }
        let stream = RandomStream(seed: request.seed, purpose: .sampling, index: UInt64(request.number))
        let sampler = TokenSampler(request)
        var logits = begin(with: prompt),
            state = network.finalState(SequenceInput<Float>(sequence: [lineEnd] + prompt).packed)
        for place in 0..<request.length {
            let token = sampler.choose(logits, stream.uniform(UInt64(place)))
            write(text.bytes(of: token))
            if configuration.data.lines && token == lineEnd { return }
            let input = SequenceInput<Float>(step: [token])
            logits = scores(network.logProbabilities(input, parameters, initial: state), row: 0)
            state = network.finalState(input.packed)
        }
    }

    private var lineEnd: Int32 { RunningText.lineEndToken(configuration.data, vocabulary) }

    /// Reads the prompt after a line end; scores of the next token.
    private func begin(with prompt: [Int32]) -> [Float] {
        let logits = network.logProbabilities(.init(sequence: [lineEnd] + prompt), parameters, initial: nil)
        return scores(logits, row: prompt.count)
    }

    /// Padding and the unknown token are never written.
    private func scores(_ logits: Matrix<Float>, row: Int) -> [Float] {
        (0..<logits.columns).map { $0 < 2 ? -.infinity : logits[row, $0] }
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
                let best = distribution.indices.sorted { (-distribution[$0], $0) < (-distribution[$1], $1) }.prefix(
                    width)
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
            let logits = network.logProbabilities(input, parameters, initial: state.selecting(candidates.map(\.parent)))
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
        isAtLineStart = token == nil || token == RunningText.lineEndToken(task.configuration.data, task.vocabulary)
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
