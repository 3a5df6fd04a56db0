import Foundation

/// Draws tokens out of a distribution, made tamer or wilder.
struct TokenSampler {
    private let request: GenerationRequest

    init(_ request: GenerationRequest) { self.request = request }

    /// Chooses a token.
    ///
    /// - Parameters:
    ///   - scores: Of each token, logits or log probabilities; those of minus infinity are never chosen.
    ///   - draw: From 0 to 1.
    func choose(_ scores: [Float], _ draw: Double) -> Int32 {
        let order = scores.indices.filter { scores[$0] > -.infinity }.sorted { (-scores[$0], $0) < (-scores[$1], $1) }
        guard let best = order.first, request.temperature > 0 else { return Int32(order.first ?? 0) }
        let kept = order.prefix(request.topK ?? order.count)
        let weights = kept.map { exp(Double(scores[$0] - scores[best]) / request.temperature) }
        let all = weights.reduce(0, +)
        var total = 0.0, count = 0
        for weight in weights {
            total += weight
            count += 1
            if let topP = request.topP, total >= topP * all { break }
        }
        var rest = draw * total
        for (token, weight) in zip(kept, weights).prefix(count) {
            if rest < weight { return Int32(token) }
            rest -= weight
        }
        return Int32(kept[kept.startIndex + count - 1])
    }
}
