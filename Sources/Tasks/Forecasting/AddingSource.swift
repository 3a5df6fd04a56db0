import SequenceData

/// Examples of the adding problem.
struct AddingSource: ForecastSource {
    let problem: AddingProblem
    /// Numbers of the examples.
    let examples: Range<Int>

    var count: Int { examples.count }
    var inputWidth: Int { 2 }

    func length(of example: Int) -> Int { problem.length }

    func append(_ example: Int, input: inout [Float], targets: inout [Float]) {
        targets.append(problem.append(example: UInt64(examples.lowerBound + example), to: &input))
    }

    func score(_ example: Int, _ outputs: [Float], into score: inout ForecastScore) {
        var steps: [Float] = []
        let sum = Double(problem.append(example: UInt64(examples.lowerBound + example), to: &steps))
        for output in outputs {
            score.model.add(Double(output) - sum)
            score.naive.add(1 - sum)
        }
    }

    func withFingerprintBytes(_ body: (UnsafeRawBufferPointer) -> Void) {
        // The bytes of a few examples tell seed and length.
        [Int64(examples.lowerBound), Int64(examples.upperBound), Int64(problem.length)].withUnsafeBytes(body)
        for example in 0..<min(count, 4) {
            var input: [Float] = [], targets: [Float] = []
            append(example, input: &input, targets: &targets)
            input.withUnsafeBytes(body)
        }
    }
}
