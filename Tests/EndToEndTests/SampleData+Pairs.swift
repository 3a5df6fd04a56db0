/// Sentences of an invented language and their translations.
extension SampleData {
    /// - Returns: Sources and targets, a sentence a line: words renamed, in reversed order.
    static func pairs(rows: Int) -> (source: String, target: String) {
        var random = Random(state: 7)
        var source = "", target = ""
        for _ in 0..<rows {
            let words = (0..<1 + random.below(9)).map { _ in random.below(12) * random.below(12) }
            source += words.map { "wa\($0)" }.joined(separator: " ") + ".\n"
            target += words.reversed().map { "ko\($0)" }.joined(separator: " ") + "!\n"
        }
        return (source, target)
    }

    /// Settings for `pairsConfiguration` that switch on every regulariser.
    static let everyPairRegularizer = [
        "model.layers=[{cell: lstm, size: 12, bidirectional: true, zoneout: 0.1, zoneout_cell: 0.2}, {cell: gru, size: 9}]",
        "model.decoder_layers=[{cell: lstm, size: 14, layer_norm: true, zoneout: 0.1}, {cell: gru, size: 9, zoneout: 0.1}]",
        "model.dropout_kind=variational", "model.input_dropout=0.2", "model.embedding_dropout=0.1",
        "model.weight_drop=0.3",
        "training.activation_regularization=2", "training.temporal_activation_regularization=1",
    ]

    static let pairsConfiguration = """
        task: translate
        seed: 5
        data:
          train: "pairs.{a,b}"
          validation_fraction: 0.1
          tokens: subwords
          merges: 60
        model:
          input: {embedding: 10}
          layers:
            - {cell: lstm, size: 12, bidirectional: true}
            - {cell: lstm, size: 9}
          decoder_layers:
            - {cell: lstm, size: 14}
            - {cell: lstm, size: 9}
          dropout: 0.1
        training:
          batch_size: 16
          epochs: 9
          optimizer: {name: adam, learning_rate: 0.005}
          clip_norm: 1
          label_smoothing: 0.1
          log_every_steps: 1

        """
}

extension Workplace {
    /// Writes pairs of sentences and a configuration for them: `pairs.a`, `pairs.b`, `pairs.yaml`.
    func writePairs(rows: Int) throws {
        let (source, target) = SampleData.pairs(rows: rows)
        try write(source, to: "pairs.a")
        try write(target, to: "pairs.b")
        try write(SampleData.pairsConfiguration, to: "pairs.yaml")
    }
}
