/// Numeric examples: each a sequence of vectors and the numbers that are to be said about it.
protocol ForecastSource: Sendable {
    /// Examples, numbered from 0.
    var count: Int { get }
    /// Numbers of a time step.
    var inputWidth: Int { get }

    /// Time steps of an example, at least 1.
    func length(of example: Int) -> Int

    /// Appends an example's input, `[time, inputWidth]`, and its targets, row after row as the network gives them.
    func append(_ example: Int, input: inout [Float], targets: inout [Float])

    /// Adds what a forecast is worth, in original units.
    ///
    /// - Parameter outputs: The network's forecast from the end of the example on, `[step, series]`.
    func score(_ example: Int, _ outputs: [Float], into score: inout ForecastScore)

    /// Hands out the bytes that tell these examples from others.
    func withFingerprintBytes(_ body: (UnsafeRawBufferPointer) -> Void)
}
