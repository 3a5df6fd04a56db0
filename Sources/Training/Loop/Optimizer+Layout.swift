import Configuration
import Optimization
import RecurrentNetworks

extension Optimizer {
    /// The optimizer of all parameters of a model.
    package convenience init(_ configuration: OptimizerConfiguration, _ layout: ParameterLayout) {
        self.init(
            configuration, denseCount: layout.denseCount, doubled: layout.doubled,
            tables: layout.tables.map { ($0.rows, $0.width) })
    }
}
