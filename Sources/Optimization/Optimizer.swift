import Configuration
import Kernels

/// The optimizer of a model: its rule, the moments of every parameter, and the steps made.
///
/// Dense parameters are updated in every step. Rows of tables are updated when they have a gradient and
/// brought up to date when somebody reads them, with the same bits as if they had been updated in every
/// step; rules with weight decay and averaged SGD touch every row in every step. Lazy rows are not brought up to date.
public final class Optimizer {
    public let rule: UpdateRule
    /// Steps made.
    public private(set) var step = 0
    public let denseMoments: Moments<Float>
    public let tables: [DeferredRows<Float>]
    /// True: tables are updated row by row in every step, since weight decay moves all of them or averages need them.
    public let updatesAllRows: Bool
    /// Averaged SGD: the step after which averaging begins; nil: not yet known.
    public var averagingSince: Int?
    /// Rows without a gradient stand still, and their moments with them: the maths of PyTorch's SparseAdam.
    public let isLazy: Bool
    private let l2: Float
    private let doubled: [Range<Int>]
    private let powers: DecayPowers<Float>
    private var history: StepHistory<Float>

    /// - Parameters:
    ///   - denseCount: Elements of the flat parameter buffer.
    ///   - doubled: Stretches of it that stand for the sum of two parameters each and move twice as far; rising.
    ///   - tables: Rows and width of each table.
    public init(
        _ configuration: OptimizerConfiguration, denseCount: Int, doubled: [Range<Int>] = [],
        tables: [(rows: Int, width: Int)]
    ) {
        self.doubled = doubled
        let rule = UpdateRule(configuration)
        self.rule = rule
        let decay = configuration.weightDecay ?? (configuration.name == .adamw ? 0.01 : 0)
        isLazy = configuration.sparseRows == .lazy
        updatesAllRows = decay != 0 || rule == .averagedSGD
        averagingSince = configuration.triggerStep
        l2 = configuration.name == .adamw ? 0 : Float(decay)
        powers = DecayPowers(rule)
        history = StepHistory(rule, current: 0)
        let initialSecond = configuration.name == .adagrad ? configuration.initialAccumulator : 0
        denseMoments = Moments(count: denseCount, for: rule, initialSecond: initialSecond)
        self.tables = tables.map {
            DeferredRows(rows: $0.rows, width: $0.width, rule: rule, initialSecond: initialSecond)
        }
    }

    /// Takes over the state of an optimizer of the same configuration and parameters.
    public func take(_ other: Optimizer) {
        step = other.step
        denseMoments.take(other.denseMoments)
        for (own, table) in zip(tables, other.tables) { own.take(table) }
        averagingSince = other.averagingSince
        history = other.history
    }

    /// Makes rows of a table what they would be had every step updated them.
    ///
    /// - Parameter ids: The rows; nil: all.
    public func bringCurrent(table: Int, _ values: Matrix<Float>, ids: [Int32]?) {
        if isLazy { return }
        Kernels.bringCurrent(rule, values, tables[table], ids: ids, powers: powers, history: history)
    }

    /// Whether rows that were not read for a while have to be brought up to date, which takes time.
    public var rowsDrift: Bool { rule.drifts && !isLazy && !updatesAllRows }

    /// Takes over rows of a table that another rank has brought up to date.
    public func adopt(table: Int, _ values: Matrix<Float>, _ current: SparseRows<Float>) {
        let valueStep = tables[table].valueStep
        let missing = current.ids.indices.filter { Int(valueStep[Int(current.ids[$0])]) < step }
        let ids = missing.map { current.ids[$0] }
        copyRows(
            current.rows, rows: .indexed(AlignedBuffer(missing.map(Int32.init))), into: values,
            rows: .indexed(AlignedBuffer(ids)))
        for id in ids { valueStep[Int(id)] = Int32(truncatingIfNeeded: step) }
    }

    /// Makes one step.
    ///
    /// - Parameters:
    ///   - gradient: Of the dense parameters, summed over the minibatch.
    ///   - tableGradients: Of each table; nil: the table is not trained.
    ///   - scale: One over the minibatch's target weight, times the clipping factor.
    public func update(
        dense: AlignedBuffer<Float>, gradient: AlignedBuffer<Float>, tables values: [Matrix<Float>],
        tableGradients: [SparseRows<Float>?], scale: Double, learningRate: Double, team: ThreadTeam
    ) {
        let next = step + 1
        let scalars: StepScalars<Float> = rule.scalars(
            step: next, learningRate: learningRate, averaged: next - (averagingSince ?? step))
        team.split(dense.count, grain: 4096) { range in
            for (part, isDoubled) in parts(of: range) {
                // Each of the two decays by its own value, which is half of their sum.
                updateDense(
                    rule, dense, denseMoments, gradient: gradient, scale: Float(scale), l2: isDoubled ? l2 / 2 : l2,
                    powers: powers,
                    step: isDoubled ? scalars.doubled : scalars, range: part)
            }
        }
        for (number, gradient) in tableGradients.enumerated() {
            guard let gradient else { continue }
            if updatesAllRows {
                updateAllRows(
                    rule, values[number], tables[number], gradient: gradient, scale: Float(scale), l2: l2,
                    powers: powers,
                    scalars: scalars, step: next)
            } else {
                bringCurrent(table: number, values[number], ids: gradient.ids)
                updateRows(
                    isLazy ? rule.ofSparseAdam(scalars) : rule, values[number], tables[number], gradient: gradient,
                    scale: Float(scale), powers: powers,
                    scalars: scalars, isLazy: isLazy, step: next)
            }
        }
        history.append(scalars)
        step = next
    }

    /// Cuts a range of dense parameters where doubled ones begin and end.
    private func parts(of range: Range<Int>) -> [(range: Range<Int>, isDoubled: Bool)] {
        var parts: [(range: Range<Int>, isDoubled: Bool)] = []
        var start = range.lowerBound
        for stretch in doubled where stretch.overlaps(range) {
            let inside = stretch.clamped(to: range)
            if start < inside.lowerBound { parts.append((start..<inside.lowerBound, false)) }
            parts.append((inside, true))
            start = inside.upperBound
        }
        if start < range.upperBound { parts.append((start..<range.upperBound, false)) }
        return parts
    }

    /// Forgets past steps' scalars; every row must be current.
    public func forgetHistory() { history.forget() }

    /// A table's moments as of the newest step, row-major: `first` and `second`, nil where the rule keeps none.
    public func currentMoments(table: Int, width: Int) -> (first: [Float]?, second: [Float]?) {
        if isLazy {
            let moments = tables[table].moments
            return (moments.first.map { Array($0.elements) }, moments.second.map { Array($0.elements) })
        }
        return decayedMoments(tables[table], width: width, powers: powers, step: step)
    }

    /// What the moments are called where they are stored.
    public var momentNames: (first: String, second: String) {
        ("first_moment", rule == .averagedSGD ? Optimizer.averageName : "second_moment")
    }

    /// The name of the averages that evaluation uses.
    public static let averageName = "average"

    /// Whether the averages differ from the values, so that evaluation must use them.
    public var hasAverages: Bool { rule == .averagedSGD && averagingSince.map { step > $0 } ?? false }

    /// Exchanges values and averages, for an evaluation; called again it gives the values back, to the bit.
    ///
    /// - Parameter isTrained: For each table whether it is trained.
    public func exchangeAverages(dense: AlignedBuffer<Float>, tables values: [Matrix<Float>], isTrained: [Bool]) {
        guard hasAverages else { return }
        if let averages = denseMoments.second { exchange(dense, averages) }
        for (number, table) in tables.enumerated() where isTrained[number] {
            if let averages = table.moments.second { exchange(values[number].storage, averages) }
        }
    }

    private func exchange(_ a: AlignedBuffer<Float>, _ b: AlignedBuffer<Float>) {
        withExtendedLifetime((a, b)) {
            let left = a.mutableElements, right = b.mutableElements
            for i in left.indices { (left[i], right[i]) = (right[i], left[i]) }
        }
    }

    /// Continues a run: the step number and the state that `denseMoments` and `tables` have been filled with.
    ///
    /// Every row's value is taken to be current.
    public func resume(at step: Int) {
        self.step = step
        history = StepHistory(rule, current: step)
        for table in tables { table.markCurrent(step) }
    }
}

extension UpdateRule {
    /// The rule a configuration names, with PyTorch's default constants.
    public init(_ configuration: OptimizerConfiguration) {
        switch configuration.name {
        case .sgd:
            self = .sgd(momentum: configuration.momentum, nesterov: configuration.nesterov)
        case .adam:
            self = .adam(
                beta1: configuration.beta1, beta2: configuration.beta2, epsilon: configuration.epsilon ?? 1e-8, decay: 0
            )
        case .adamw:
            self = .adam(
                beta1: configuration.beta1, beta2: configuration.beta2, epsilon: configuration.epsilon ?? 1e-8,
                decay: configuration.weightDecay ?? 0.01)
        case .rmsprop:
            self = .rmsprop(
                alpha: configuration.alpha, epsilon: configuration.epsilon ?? 1e-8, momentum: configuration.momentum)
        case .adagrad:
            self = .adagrad(epsilon: configuration.epsilon ?? 1e-10)
        case .asgd:
            self = .averagedSGD
        }
    }
}
