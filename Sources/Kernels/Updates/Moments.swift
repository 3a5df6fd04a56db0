/// The optimizer state beside a buffer of parameters: up to two moments each.
public struct Moments<Scalar: KernelScalar>: Sendable {
    /// Mean of gradients (velocity); nil: the rule keeps none.
    public let first: AlignedBuffer<Scalar>?
    /// Mean or sum of squared gradients, or the mean of the values; nil: the rule keeps none.
    public let second: AlignedBuffer<Scalar>?

    public init(count: Int, for rule: UpdateRule, initialSecond: Double = 0) {
        first = rule.decays.first == nil ? nil : AlignedBuffer(count: count)
        second = rule.decays.second == nil ? nil : AlignedBuffer(count: count)
        if let second, initialSecond != 0 { for i in 0..<count { second.pointer[i] = Scalar(initialSecond) } }
    }
}

extension Moments {
    /// Takes over the moments of as many parameters under the same rule.
    public func take(_ other: Moments) {
        for case let (own?, moment?) in [(first, other.first), (second, other.second)] { own.take(moment) }
    }

    /// Where the moments lie, for a loop: their buffers must outlive it.
    @inline(__always) var bare: BareMoments<Scalar> { BareMoments(first: first?.pointer, second: second?.pointer) }
}

/// The addresses of moments: reading them through their owners would count references for every vector.
struct BareMoments<Scalar: KernelScalar> {
    let first: UnsafeMutablePointer<Scalar>?
    let second: UnsafeMutablePointer<Scalar>?

    @inline(__always) func lanes(_ value: UnsafeMutablePointer<Scalar>, _ i: Int) -> ParameterLanes<Scalar> {
        ParameterLanes(
            value: value.vector(), first: first.map { ($0 + i).vector() } ?? Scalar.Vector(),
            second: second.map { ($0 + i).vector() } ?? Scalar.Vector())
    }

    @inline(__always)
    func store(_ p: ParameterLanes<Scalar>, _ value: UnsafeMutablePointer<Scalar>, _ i: Int, first count: Int) {
        value.store(p.value, first: count)
        if let first { (first + i).store(p.first, first: count) }
        if let second { (second + i).store(p.second, first: count) }
    }
}

/// Updates dense parameters: every one takes every step.
///
/// - Parameters:
///   - scale: Factor of the gradient: one over the target count, times the clipping factor.
///   - l2: L2 decay, added to the scaled gradient.
///   - range: The elements to update (threads split them).
public func updateDense<Scalar: KernelScalar>(
    _ rule: UpdateRule, _ values: AlignedBuffer<Scalar>, _ moments: Moments<Scalar>, gradient: AlignedBuffer<Scalar>,
    scale: Scalar, l2: Scalar, powers: DecayPowers<Scalar>, step: StepScalars<Scalar>, range: Range<Int>
) {
    precondition(
        range.upperBound <= values.count && gradient.count >= range.upperBound,
        "an update needs a gradient for each parameter")
    rule.withFormula(Scalar.self) { formula in
        updateSpan(
            formula, values.pointer, moments, at: 0, gradient.pointer, range: range, scale: scale, l2: l2,
            decay: (powers.first[1], powers.second[1]), step)
    }
}

/// Updates a stretch of parameters whose moments begin at `at`.
@specialized(where Formula == Adam<Float>, Scalar == Float)
@specialized(where Formula == PlainSGD<Float>, Scalar == Float)
@specialized(where Formula == MomentumSGD<Float>, Scalar == Float)
@specialized(where Formula == RMSprop<Float>, Scalar == Float)
@specialized(where Formula == Adagrad<Float>, Scalar == Float)
@specialized(where Formula == AveragedSGD<Float>, Scalar == Float)
@specialized(where Formula == Adam<Double>, Scalar == Double)
func updateSpan<Formula: UpdateFormula, Scalar>(
    _ formula: Formula, _ values: UnsafeMutablePointer<Scalar>, _ moments: Moments<Scalar>, at: Int,
    _ gradient: UnsafePointer<Scalar>, range: Range<Int>, scale: Scalar, l2: Scalar, decay: (Scalar, Scalar),
    _ step: StepScalars<Scalar>
) where Formula.Scalar == Scalar {
    let bare = moments.bare
    for i in stride(from: range.lowerBound, to: range.upperBound, by: Scalar.lanes) {
        var p = bare.lanes(values + i, at &+ i)
        // Plus zero: ranks that exchange sums may leave a zero of either sign, which must not reach a value.
        var g = Scalar.Vector().addingProduct((gradient + i).vector(), Scalar.Vector(repeating: scale))
        if l2 != 0 { g += p.value * l2 }
        formula.update(&p, gradient: g, decay: decay, step)
        bare.store(p, values + i, at &+ i, first: range.upperBound &- i)
    }
    withExtendedLifetime(moments) {}
}
