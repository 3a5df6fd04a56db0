import Kernels

/// The simple recurrent cell.
///
///     hₜ = φ(aₜ + hₜ₋₁ U)        aₜ = xₜ W + b from the layer, φ = tanh, ReLU or the logistic function
///
/// - Source: Elman 1990.
final class ElmanCell<Scalar: KernelScalar>: RecurrentCell {
    let gateColumns: Int
    let recurrentWeight: ParameterSlice  // U [H, H]
    private let function: ActivationFunction
    private let product: RecurrentProduct<Scalar>
    private let zoneout: Zoneout<Scalar>?

    init(_ design: CellDesign, function: ActivationFunction, layout: inout ParameterLayout) {
        gateColumns = design.size
        self.function = function
        recurrentWeight = layout.add(
            "\(design.name)/recurrent_weight", shape: [design.size, design.size], design.initial.recurrentWeight)
        product = RecurrentProduct(
            recurrentWeight, gain: design.recurrentGain(columns: design.size, note: nil, &layout))
        zoneout = design.hiddenZoneout()
    }

    func pack(_ values: AlignedBuffer<Scalar>, offset: Int) { product.pack(values, offset: offset) }

    @specialized(where Scalar == Float)
    func forward(
        _ recurrence: Recurrence<Scalar>, gates: Matrix<Scalar>, hidden: Matrix<Scalar>, initialMemory: Matrix<Scalar>?,
        parameters: Parameters<Scalar>
    ) {
        product.begin(rows: recurrence.batch.rows, parameters)
        zoneout?.begin(recurrence, size: hidden.columns)
        recurrence.forEachStep { step in
            // a += h₋₁ U;  h = φ(a)
            product.forward(step, hidden, row: step.previousState, from: .accumulate, into: gates)
            if let zoneout {
                // φ(a) stays where its derivative will look for it.
                activate(function, gates, firstRow: step.row, into: gates, firstRow: step.row, count: step.count)
                zoneout.forward(step, candidate: (gates, step.row), states: hidden)
            } else {
                activate(function, gates, firstRow: step.row, into: hidden, firstRow: step.state, count: step.count)
            }
        }
    }

    @specialized(where Scalar == Float)
    func backward(
        _ recurrence: Recurrence<Scalar>, liveSteps: Int?, gates: Matrix<Scalar>, hidden: Matrix<Scalar>,
        dHidden: Matrix<Scalar>,
        carry: Matrix<Scalar>, carryMemory: Matrix<Scalar>
    ) {
        recurrence.forEachStepBackward(liveSteps: liveSteps, carries: [carry]) { step in
            // da = (dh + carry) φ′(h);  carry = da Uᵀ
            zoneout?.backward(step, above: dHidden, carry: carry)
            activationGradient(
                function, at: zoneout == nil ? hidden : gates, firstRow: zoneout == nil ? step.state : step.row,
                zoneout?.dCandidate ?? dHidden, firstRow: step.row, carry: carry, firstSequence: step.sequence,
                into: gates,
                firstRow: step.row, count: step.count)
            product.backward(step, gates, from: .zero, into: carry)
            zoneout?.join(step, carry: carry)
        }
    }

    @specialized(where Scalar == Float)
    func sumGradients(
        _ rows: GradientRows, gates: Matrix<Scalar>, hidden: Matrix<Scalar>, stateFactor: Scalar,
        into gradients: Gradients<Scalar>, team: ThreadTeam
    ) {
        // dU = Σ h₋₁ᵀ da
        product.sumGradients(hidden, index: rows.previousStates, gates, rows, into: gradients, team: team)
    }
}
