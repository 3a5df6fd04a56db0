import Configuration

/// The learning rate of each step.
///
/// Only the plateau schedule has a state; the others are functions of the position.
public struct LearningRateSchedule: Sendable {
    private let base: Double
    private let configuration: ScheduleConfiguration
    private let epochs: Int
    /// What the plateau schedule remembers.
    public var plateau = PlateauState()

    /// The state of a schedule that waits for improvement.
    public struct PlateauState: Equatable, Sendable {
        /// Product of the reductions so far.
        public var factor = 1.0
        /// Best value seen; nil before the first.
        public var best: Double?
        /// Epochs since then.
        public var waited = 0
        public init() {}
    }

    public init(_ training: TrainingConfiguration) {
        base = training.optimizer.learningRate
        configuration = training.schedule
        epochs = training.epochs
    }

    /// - Parameters:
    ///   - step: Steps made before this one.
    ///   - epoch: From 0.
    ///   - stepsPerEpoch: Steps of an epoch.
    public func learningRate(step: Int, epoch: Int, stepsPerEpoch: Int) -> Double {
        if step < configuration.warmupSteps { return base * Double(step + 1) / Double(configuration.warmupSteps) }
        switch configuration.name {
        case .constant:
            return base
        case .step:
            return base * power(configuration.factor, epoch / configuration.every)
        case .exponential:
            return base * power(configuration.factor, max(0, epoch + 1 - configuration.keepEpochs))
        case .cosine:
            // Loshchilov & Hutter 2017, without restarts, from the end of the warm-up to the last step.
            let total = max(1, epochs * stepsPerEpoch - configuration.warmupSteps)
            let share = min(1, Double(step - configuration.warmupSteps) / Double(total))
            return configuration.minimum + (base - configuration.minimum) * 0.5 * (1 + cosineOfHalfTurn(share))
        case .plateau:
            return max(configuration.minimum, base * plateau.factor)
        }
    }

    /// Tells the plateau schedule an epoch's watched value.
    ///
    /// - Returns: Whether the learning rate falls.
    public mutating func observe(_ value: Double, isBetter: (Double, Double?) -> Bool) -> Bool {
        guard configuration.name == .plateau else { return false }
        if isBetter(value, plateau.best) {
            plateau.best = value
            plateau.waited = 0
            return false
        }
        plateau.waited += 1
        if plateau.waited <= configuration.every { return false }
        plateau.waited = 0
        plateau.factor *= configuration.factor
        return true
    }
}

private func power(_ x: Double, _ n: Int) -> Double { (0..<n).reduce(1) { product, _ in product * x } }

/// cos(π x) for x in [0, 1] by its Taylor series about ½, since libm picks its code by CPU and the learning
/// rate reaches the weights.
private func cosineOfHalfTurn(_ x: Double) -> Double {
    let angle = Double.pi * (0.5 - x), square = angle * angle
    var term = angle, sum = angle
    for k in stride(from: 2.0, through: 26, by: 2) {
        term *= -square / (k * (k + 1))
        sum += term
    }
    return sum
}
