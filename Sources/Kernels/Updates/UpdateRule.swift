/// What one optimizer step does to a parameter, its moments and nothing else.
///
/// `g` is the gradient (scaled, clipped, with L2 decay added), `v` the parameter, `η` the learning rate.
public enum UpdateRule: Equatable, Sendable {
    /// `m ← μ m + g`, `v ← v - η m`, or with Nesterov `v ← v - η (g + μ m)`; without momentum `v ← v - η g`.
    /// Source: Sutskever et al. 2013 in PyTorch's form.
    case sgd(momentum: Double, nesterov: Bool)
    /// `m ← β₁ m + (1 - β₁) g`, `n ← β₂ n + (1 - β₂) g²`, `v ← v - η m̂ / (√n̂ + ε)`. Source: Kingma & Ba 2015.
    /// `decay` is the decoupled weight decay of AdamW (Loshchilov & Hutter 2019): `v ← v - η λ v` first.
    case adam(beta1: Double, beta2: Double, epsilon: Double, decay: Double)
    /// `n ← α n + (1 - α) g²`, `m ← μ m + g / (√n + ε)`, `v ← v - η m`. Source: Tieleman & Hinton 2012.
    case rmsprop(alpha: Double, epsilon: Double, momentum: Double)
    /// `n ← n + g²`, `v ← v - η g / (√n + ε)`. Source: Duchi et al. 2011.
    case adagrad(epsilon: Double)
    /// `v ← v - η g`, `a ← a + (v - a) / k`: `a` is the mean of the values after the last `k` steps, which evaluation
    /// uses. Source: Polyak & Juditsky 1992; PyTorch's ASGD without its decays (`lambd=0`), as in Merity et al. 2017.
    case averagedSGD

    /// The moments' factors per step: first (a mean of gradients), second (a mean of squares; averaged SGD: the mean
    /// of the values); nil: not kept.
    public var decays: (first: Double?, second: Double?) {
        switch self {
        case .sgd(let momentum, _): (momentum == 0 ? nil : momentum, nil)
        case .adam(let beta1, let beta2, _, _): (beta1, beta2)
        case .rmsprop(let alpha, _, let momentum): (momentum == 0 ? nil : momentum, alpha)
        case .adagrad, .averagedSGD: (nil, 1)
        }
    }

    /// Whether a parameter moves on in a step without a gradient for it.
    public var drifts: Bool { decays.first != nil }

    /// The rule with Adam's ε as PyTorch's SparseAdam adds it: before the bias of the second moment is corrected.
    public func ofSparseAdam<Scalar: KernelScalar>(_ step: StepScalars<Scalar>) -> UpdateRule {
        guard case .adam(let beta1, let beta2, let epsilon, let decay) = self else { return self }
        return .adam(beta1: beta1, beta2: beta2, epsilon: epsilon * Double(step.correction), decay: decay)
    }

    /// The scalars of step `number` (from 1).
    ///
    /// - Parameter averaged: Averaged SGD: the steps whose values the mean holds, this one included.
    public func scalars<Scalar: KernelScalar>(
        step number: Int, learningRate: Double, averaged: Int = 1
    ) -> StepScalars<Scalar> {
        switch self {
        case .averagedSGD:
            StepScalars(
                learningRate: Scalar(learningRate), stepSize: Scalar(learningRate),
                correction: Scalar(1 / Double(max(1, averaged))))
        case .adam(let beta1, let beta2, _, _):
            StepScalars(
                learningRate: Scalar(learningRate), stepSize: Scalar(learningRate / (1 - runningPower(beta1, number))),
                correction: Scalar(1 / (1 - runningPower(beta2, number)).squareRoot()))
        default:
            StepScalars(learningRate: Scalar(learningRate), stepSize: Scalar(learningRate), correction: 1)
        }
    }
}

/// What changes from step to step in an update rule.
public struct StepScalars<Scalar: KernelScalar>: Sendable {
    /// η, which decoupled weight decay is measured in.
    public let learningRate: Scalar
    /// The factor of a step: η; Adam: `η / (1 - β₁ᵗ)`.
    public let stepSize: Scalar
    /// Adam: `1 / √(1 - β₂ᵗ)`; averaged SGD: the newest value's share in the mean.
    public let correction: Scalar

    /// For a parameter that is the sum of two with equal gradients: it moves twice as far.
    public var doubled: StepScalars {
        StepScalars(learningRate: learningRate, stepSize: 2 * stepSize, correction: correction)
    }
}

/// `xⁿ` by repeated squaring in Double: multiplications alone, so that its bits are the same everywhere.
func runningPower(_ x: Double, _ n: Int) -> Double {
    var result = 1.0, factor = x, left = n
    while left > 0 {
        if left & 1 == 1 { result *= factor }
        factor *= factor
        left >>= 1
    }
    return result
}

/// Powers of the moments' factors: a moment last renewed `k` steps ago is `moment · power[k]`.
public struct DecayPowers<Scalar: KernelScalar>: Sendable {
    let first: PowerTable<Scalar>
    let second: PowerTable<Scalar>
    /// Square roots of the second's.
    let root: PowerTable<Scalar>

    public init(_ rule: UpdateRule) {
        first = PowerTable(rule.decays.first ?? 1)
        second = PowerTable(rule.decays.second ?? 1)
        root = PowerTable(rule.decays.second ?? 1, isRoot: true)
    }

    /// Calls `body` with the powers of the first moment's factor, and those of the second's root, from `k` on.
    @inline(__always)
    func pass(_ k: Int, count: Int, _ body: (_ first: UnsafePointer<Scalar>, _ root: UnsafePointer<Scalar>) -> Void) {
        if let first = first.entries(k, count: count), let root = root.entries(k, count: count) {
            return body(first, root)
        }
        withUnsafeTemporaryAllocation(of: Scalar.self, capacity: 2 &* count) { memory in
            guard let start = memory.baseAddress else { return }
            for i in 0..<count {
                start[i] = first[k &+ i]
                start[count &+ i] = root[k &+ i]
            }
            body(start, start + count)
        }
    }
}

/// Running products of a factor, or their square roots, down to where they count as zero.
struct PowerTable<Scalar: KernelScalar>: Sendable {
    private let factor: Double
    private let isRoot: Bool
    private let powers: AlignedBuffer<Scalar>
    /// The last entry holds for all higher powers; else (a factor close to 1) those are computed one by one.
    private let isComplete: Bool

    init(_ factor: Double, isRoot: Bool = false) {
        var powers: [Scalar] = [1]
        if factor < 1 {
            var power = 1.0
            while power > 1e-38 && powers.count < 1 << 20 {
                power *= factor
                powers.append(Scalar(isRoot ? power.squareRoot() : power))
            }
            isComplete = power <= 1e-38
            if isComplete { powers.append(0) }
        } else {
            isComplete = true
        }
        self.factor = factor
        self.isRoot = isRoot
        self.powers = AlignedBuffer(powers)
    }

    /// The last power that is not zero.
    var lastNonzero: Int { isComplete && factor < 1 ? powers.count - 2 : Int.max }

    /// The powers from `k` on; nil where the table ends before.
    @inline(__always) func entries(_ k: Int, count: Int) -> UnsafePointer<Scalar>? {
        k &+ count <= powers.count ? UnsafePointer(powers.pointer + k) : nil
    }

    @inline(__always) subscript(k: Int) -> Scalar {
        if k < powers.count { return powers.pointer[k] }
        if isComplete { return powers.pointer[powers.count &- 1] }
        let power = runningPower(factor, k)
        return Scalar(isRoot ? power.squareRoot() : power)
    }
}
