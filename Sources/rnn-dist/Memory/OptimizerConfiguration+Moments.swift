import Configuration

extension OptimizerConfiguration {
    /// Numbers an optimizer keeps beside each parameter.
    var moments: Int {
        switch name {
        case .sgd: momentum > 0 ? 1 : 0
        case .adam, .adamw: 2
        case .rmsprop: momentum > 0 ? 2 : 1
        case .adagrad, .asgd: 1
        }
    }
}
