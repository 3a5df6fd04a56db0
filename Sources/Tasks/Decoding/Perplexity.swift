import Glibc

/// How many equally likely tokens a loss amounts to. Shown to people only: nothing is decided by it.
enum Perplexity {
    /// - Parameter loss: Nats a token.
    static func of(_ loss: Double) -> Double { exp(loss) }
}

/// `x` to the power `y`, for scores of finished hypotheses, of which nothing enters the state.
func power(_ x: Double, _ y: Double) -> Double { pow(x, y) }
