/// One vector of parameters with its moments.
struct ParameterLanes<Scalar: KernelScalar> {
    var value: Scalar.Vector
    var first: Scalar.Vector
    var second: Scalar.Vector
}

/// An update rule with its constants as vectors; one type a rule, so that its loop holds no branch.
protocol UpdateFormula<Scalar> {
    associatedtype Scalar: KernelScalar
    /// A step with gradient `g`, the moments brought to the step by `decay` (their powers).
    func update(
        _ p: inout ParameterLanes<Scalar>, gradient g: Scalar.Vector, decay: (Scalar, Scalar),
        _ step: StepScalars<Scalar>)
    /// What a drift is divided by: the root of the second moment, where the rule has one.
    func root(_ second: Scalar.Vector) -> Scalar.Vector
    /// What a step without a gradient takes from the value, given the first moment of that step and the root then.
    func drift(_ first: Scalar.Vector, _ root: Scalar.Vector, _ step: StepScalars<Scalar>) -> Scalar.Vector
}

extension UpdateFormula {
    @inline(__always) func root(_ second: Scalar.Vector) -> Scalar.Vector { Scalar.Vector() }
    @inline(__always)
    func drift(_ first: Scalar.Vector, _ root: Scalar.Vector, _ step: StepScalars<Scalar>) -> Scalar.Vector {
        Scalar.Vector()
    }
}

/// Moments below count as zero.
let smallestMoment = 1e-30

/// A decayed moment; what is below `smallestMoment` counts as zero, always the positive one.
@inline(__always)
func decayed<Scalar: KernelScalar>(_ moment: Scalar.Vector, _ power: Scalar, _: Scalar.Type) -> Scalar.Vector {
    flushed(moment * power, Scalar.self)
}

@inline(__always)
func flushed<Scalar: KernelScalar>(_ x: Scalar.Vector, _: Scalar.Type) -> Scalar.Vector {
    Scalar.withoutTiny(x, limit: Scalar(smallestMoment))
}

struct PlainSGD<Scalar: KernelScalar>: UpdateFormula {
    @inline(__always)
    func update(
        _ p: inout ParameterLanes<Scalar>, gradient g: Scalar.Vector, decay: (Scalar, Scalar),
        _ step: StepScalars<Scalar>
    ) {
        p.value -= g * step.stepSize
    }
}

struct MomentumSGD<Scalar: KernelScalar>: UpdateFormula {
    let momentum: Scalar
    let nesterov: Bool
    @inline(__always)
    func update(
        _ p: inout ParameterLanes<Scalar>, gradient g: Scalar.Vector, decay: (Scalar, Scalar),
        _ step: StepScalars<Scalar>
    ) {
        p.first = flushed(p.first * decay.0 + g, Scalar.self)
        p.value -= (nesterov ? g + p.first * momentum : p.first) * step.stepSize
    }
    @inline(__always)
    func drift(_ first: Scalar.Vector, _ root: Scalar.Vector, _ step: StepScalars<Scalar>) -> Scalar.Vector {
        (nesterov ? Scalar.Vector() + first * momentum : first) * step.stepSize
    }
}

struct Adam<Scalar: KernelScalar>: UpdateFormula {
    let newFirst: Scalar, newSecond: Scalar, epsilon: Scalar, decay: Scalar
    @inline(__always)
    func update(
        _ p: inout ParameterLanes<Scalar>, gradient g: Scalar.Vector, decay powers: (Scalar, Scalar),
        _ step: StepScalars<Scalar>
    ) {
        p.first = flushed(p.first * powers.0 + g * newFirst, Scalar.self)
        p.second = flushed(p.second * powers.1 + g * g * newSecond, Scalar.self)
        if decay != 0 { p.value -= p.value * (step.learningRate * decay) }
        p.value -= drift(p.first, root(p.second), step)
    }
    @inline(__always) func root(_ second: Scalar.Vector) -> Scalar.Vector { Scalar.squareRoot(second) }
    @inline(__always)
    func drift(_ first: Scalar.Vector, _ root: Scalar.Vector, _ step: StepScalars<Scalar>) -> Scalar.Vector {
        first * step.stepSize / (root * step.correction + epsilon)
    }
}

struct RMSprop<Scalar: KernelScalar>: UpdateFormula {
    let newSecond: Scalar, epsilon: Scalar, hasMomentum: Bool
    @inline(__always)
    func update(
        _ p: inout ParameterLanes<Scalar>, gradient g: Scalar.Vector, decay: (Scalar, Scalar),
        _ step: StepScalars<Scalar>
    ) {
        p.second = flushed(p.second * decay.1 + g * g * newSecond, Scalar.self)
        let direction = g / (Scalar.squareRoot(p.second) + epsilon)
        p.first = hasMomentum ? flushed(p.first * decay.0 + direction, Scalar.self) : direction
        p.value -= p.first * step.stepSize
    }
    @inline(__always)
    func drift(_ first: Scalar.Vector, _ root: Scalar.Vector, _ step: StepScalars<Scalar>) -> Scalar.Vector {
        hasMomentum ? first * step.stepSize : Scalar.Vector()
    }
}

struct Adagrad<Scalar: KernelScalar>: UpdateFormula {
    let epsilon: Scalar
    @inline(__always)
    func update(
        _ p: inout ParameterLanes<Scalar>, gradient g: Scalar.Vector, decay: (Scalar, Scalar),
        _ step: StepScalars<Scalar>
    ) {
        p.second += g * g
        p.value -= g * step.stepSize / (Scalar.squareRoot(p.second) + epsilon)
    }
}

struct AveragedSGD<Scalar: KernelScalar>: UpdateFormula {
    @inline(__always)
    func update(
        _ p: inout ParameterLanes<Scalar>, gradient g: Scalar.Vector, decay: (Scalar, Scalar),
        _ step: StepScalars<Scalar>
    ) {
        p.value -= g * step.stepSize
        p.second = flushed(p.second + (p.value - p.second) * step.correction, Scalar.self)
    }
}

extension UpdateRule {
    /// Opens the rule: calls `body` with its formula's own type.
    @inline(__always)
    func withFormula<Scalar: KernelScalar>(_: Scalar.Type, _ body: (any UpdateFormula<Scalar>) -> Void) {
        switch self {
        case .sgd(let momentum, let nesterov):
            momentum == 0 ? body(PlainSGD<Scalar>()) : body(MomentumSGD(momentum: Scalar(momentum), nesterov: nesterov))
        case .adam(let beta1, let beta2, let epsilon, let decay):
            body(
                Adam(
                    newFirst: Scalar(1 - beta1), newSecond: Scalar(1 - beta2), epsilon: Scalar(epsilon),
                    decay: Scalar(decay)))
        case .rmsprop(let alpha, let epsilon, let momentum):
            body(RMSprop(newSecond: Scalar(1 - alpha), epsilon: Scalar(epsilon), hasMomentum: momentum != 0))
        case .adagrad(let epsilon):
            body(Adagrad(epsilon: Scalar(epsilon)))
        case .averagedSGD:
            body(AveragedSGD<Scalar>())
        }
    }
}
