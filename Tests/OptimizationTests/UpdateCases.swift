import Configuration
import Kernels
import Optimization

/// Every rule of the configuration, with settings that make its every term count.
enum UpdateCases {
    static let all: [(name: String, optimizer: OptimizerConfiguration)] = [
        make("sgd", .sgd) { $0.learningRate = 0.1 },
        make("sgd with L2", .sgd) { ($0.learningRate, $0.weightDecay) = (0.1, 0.05) },
        make("sgd with momentum", .sgd) { ($0.learningRate, $0.momentum) = (0.05, 0.9) },
        make("sgd with momentum and L2", .sgd) { ($0.learningRate, $0.momentum, $0.weightDecay) = (0.05, 0.9, 0.05) },
        make("sgd with nesterov momentum", .sgd) { ($0.learningRate, $0.momentum, $0.nesterov) = (0.05, 0.9, true) },
        make("adam", .adam) { $0.learningRate = 0.01 },
        make("adam with other settings", .adam) {
            ($0.learningRate, $0.beta1, $0.beta2, $0.epsilon) = (0.01, 0.95, 0.99, 1e-3)
        },
        make("adam with L2", .adam) { ($0.learningRate, $0.weightDecay) = (0.01, 0.05) },
        make("adamw", .adamw) { ($0.learningRate, $0.weightDecay) = (0.01, 0.1) },
        make("rmsprop", .rmsprop) { $0.learningRate = 0.01 },
        make("rmsprop with momentum", .rmsprop) { ($0.learningRate, $0.momentum) = (0.01, 0.9) },
        make("rmsprop with L2", .rmsprop) { ($0.learningRate, $0.weightDecay) = (0.01, 0.05) },
        make("adagrad", .adagrad) { ($0.learningRate, $0.initialAccumulator) = (0.05, 0.1) },
        make("averaged sgd", .asgd) { ($0.learningRate, $0.triggerStep) = (0.1, 3) },
        make("adagrad with L2", .adagrad) { ($0.learningRate, $0.weightDecay) = (0.05, 0.05) },
    ]

    private static func make(
        _ name: String, _ kind: OptimizerConfiguration.Name, _ set: (inout OptimizerConfiguration) -> Void
    ) -> (name: String, optimizer: OptimizerConfiguration) {
        var optimizer = OptimizerConfiguration()
        optimizer.name = kind
        set(&optimizer)
        return (name, optimizer)
    }
}

/// Numbers that are the same in every run of a test.
struct Numbers {
    private let stream: RandomStream

    init(_ seed: UInt64) { stream = RandomStream(seed: seed, purpose: .initialization) }

    /// Uniform in ±1.
    func value(_ i: Int, _ j: Int = 0) -> Float { Float(2 * stream.uniform(UInt64(i), UInt32(j)) - 1) }

    func buffer(_ count: Int, _ j: Int = 0) -> AlignedBuffer<Float> { AlignedBuffer((0..<count).map { value($0, j) }) }
}

extension AlignedBuffer<Float> {
    var bits: [UInt32] { elements.map(\.bitPattern) }
}
