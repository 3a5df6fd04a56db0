import Configuration
import RecurrentNetworks
import Tasks

/// Bytes of a run's checkpoints, before there is one.
package enum CheckpointSize {
    /// What a document has besides numbers and texts: headers of datasets, configuration, receipt.
    private static let rest = 24 << 10
    /// A text's place and length in the document, beside its bytes.
    private static let textEntry = 32

    package static func bytes(
        _ configuration: RunConfiguration, _ layout: ParameterLayout, artifacts: [TaskArtifact], carried: CarriedState?
    ) -> Int {
        let moments = configuration.training.optimizer.moments
        var numbers = layout.dense.reduce(0) { $0 + $1.count } * (1 + moments)
        for table in layout.tables {
            numbers += table.rows * (table.isTrained ? table.width * (1 + moments) + 1 : table.width)
        }
        numbers += carried.map { $0.rows.rows * $0.rows.columns } ?? 0
        let texts = artifacts.reduce(0) { sum, artifact in
            artifact.texts.reduce(sum) { $0 + $1.utf8.count + textEntry }
        }
        return 4 * numbers + texts + rest
    }
}
