import Diagnostics
import Kernels
import SequenceData

extension CaptionTask: TextGenerating {
    /// Draws a text about a label.
    public func generate(_ request: GenerationRequest, write: ([UInt8]) -> Void) throws {
        guard request.beam == nil else {
            throw Diagnostic(
                "--beam", "texts about a label are drawn", expected: "none", hint: "use rnn-dist predict",
                category: .usage)
        }
        guard let labels = data.labels else {
            throw Diagnostic(
                "checkpoint", "the model describes rows of \(data.featureWidth.counted("number"))", expected: "one of labels",
                hint: "use rnn-dist predict --input FILE", category: .usage)
        }
        guard let label = request.label else {
            throw Diagnostic(
                "--label", "is missing", expected: "one of: \(labels.names.joined(separator: ", "))", category: .usage)
        }
        var codec = data.codec
        let prompt = try codec.encode(request.prompt, knownTo: "prompt")
        let stream = RandomStream(seed: request.seed, purpose: .sampling, index: UInt64(request.number))
        let sampler = TokenSampler(request)
        var state = initialState(try row(of: label, labels, at: "--label")), tokens: [Int32] = []
        while tokens.count < prompt.count + request.length {
            let (probabilities, after) = network.decoder.step(
                [tokens.last ?? SentenceCodec.boundary], state, nil, parameters)
            state = after.selecting([0])
            if tokens.count < prompt.count {
                tokens.append(prompt[tokens.count])
                continue
            }
            let token = sampler.choose(scores(probabilities), stream.uniform(UInt64(tokens.count - prompt.count)))
            if token == SentenceCodec.boundary { break }
            tokens.append(token)
        }
        let given = codec.text(of: prompt)
        write(Array(codec.text(of: tokens).utf8.dropFirst(given.utf8.count)))
    }

    /// The unknown token is never written.
    private func scores(_ probabilities: Matrix<Float>) -> [Float] {
        (0..<probabilities.columns).map {
            $0 == Int(Vocabulary.unknown)
                ? -.infinity : Float.naturalLogarithm(of: max(probabilities[0, $0], .leastNormalMagnitude))
        }
    }
}
