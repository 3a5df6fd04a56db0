import SequenceData

/// Sequences of any lengths, each with a number that is to be said about it.
struct RegressionSource: ForecastSource {
    private let examples: NumberedSequences
    private let scaling: SeriesScaling
    /// The mean of the numbers trained on, which needs no network.
    private let mean: Double
    private let scaled: [Double]

    init(_ examples: NumberedSequences, scaling: SeriesScaling, mean: Double) throws {
        self.examples = examples
        self.scaling = scaling
        self.mean = mean
        scaled = try scaling.scaled(examples.targets)
    }

    var count: Int { examples.sequences.count }
    var inputWidth: Int { examples.sequences.featureWidth }

    func length(of example: Int) -> Int { examples.sequences.length(of: example) }

    func append(_ example: Int, input: inout [Float], targets: inout [Float]) {
        let steps = examples.sequences.range(of: example)
        input += examples.sequences.features[steps.lowerBound * inputWidth..<steps.upperBound * inputWidth]
        targets.append(Float(scaled[example]))
    }

    func score(_ example: Int, _ outputs: [Float], into score: inout ForecastScore) {
        let truth = examples.targets[example, 0]
        score.model.add(original(outputs) - truth)
        score.naive.add(mean - truth)
    }

    /// The number said about a sequence, in original units.
    func original(_ outputs: [Float]) -> Double { scaling.original(Double(outputs[0]), series: 0) }

    func withFingerprintBytes(_ body: (UnsafeRawBufferPointer) -> Void) {
        examples.sequences.withFingerprintBytes(body)
        examples.targets.values.withUnsafeBytes(body)
    }
}
