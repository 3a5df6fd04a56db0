import Foundation

/// Data that tests train on, the same in every run.
enum SampleData {
    /// Labelled sentences whose words are spread as in language: few are frequent, most are rare.
    static func words(rows: Int) -> String {
        var random = Random(state: 1)
        var text = "label,text\n"
        for _ in 0..<rows {
            let label = random.below(4)
            let words = (0..<1 + random.below(12)).map { _ -> String in
                // Rank of a word about in proportion to 1/frequency; every third word is one of the label's own.
                let rank = Int(pow(700, Double(random.below(1000)) / 1000))
                return random.below(3) == 0 ? "topic\(label)x\(rank % 9)" : "word\(rank)"
            }
            text += "\(["business", "science", "sports", "world"][label]),\(words.joined(separator: " "))\n"
        }
        return text
    }

    static let wordsConfiguration = """
        task: classify
        seed: 3
        data:
          train: words.csv
          validation_fraction: 0.15
          columns: {label: label, text: [text]}
          tokens: words
        model:
          input: {embedding: 10}
          layers:
            - {cell: lstm, size: 12, bidirectional: true}
            - {cell: lstm, size: 9, bidirectional: true}
          dropout: 0.1
        training:
          batch_size: 16
          epochs: 2
          optimizer: {name: adam, learning_rate: 0.005}
          clip_norm: 1
          log_every_steps: 1

        """

    /// Settings for `wordsConfiguration` that switch on every regulariser and average the weights.
    static let everyRegularizer = [
        "model.layers=[{cell: lstm, size: 12, bidirectional: true, layer_norm: true, zoneout: 0.1, zoneout_cell: 0.2}, "
            + "{cell: gru, size: 9, layer_norm: true, zoneout: 0.1}, {cell: elman, size: 11, layer_norm: true, zoneout: 0.2}]",
        "model.dropout=0.2", "model.dropout_kind=variational", "model.input_dropout=0.1", "model.embedding_dropout=0.1",
        "model.weight_drop=0.3", "training.optimizer={name: asgd, learning_rate: 0.5, trigger_step: 20}",
    ]

    static let textConfiguration = """
        task: language_model
        seed: 5
        data: {train: text.txt, validation_fraction: 0.1, tokens: characters}
        model:
          input: {embedding: 10}
          layers:
            - {cell: lstm, size: 12}
            - {cell: gru, size: 9}
          dropout: 0.2
        training:
          batch_size: 20
          truncation: 9
          epochs: 2
          optimizer: {name: adam, learning_rate: 0.005}
          clip_norm: 1
          log_every_steps: 1

        """

    /// Settings for `textConfiguration` that switch on every regulariser of a language model.
    static let everyTextRegularizer = [
        "model.layers=[{cell: lstm, size: 12, layer_norm: true, zoneout: 0.1, zoneout_cell: 0.2}, {cell: gru, size: 10, zoneout: 0.1}]",
        "model.dropout_kind=variational", "model.input_dropout=0.1", "model.embedding_dropout=0.1",
        "model.weight_drop=0.3",
        "training.activation_regularization=2", "training.temporal_activation_regularization=1", randomTruncation,
    ]
    static let randomTruncation = "training.random_truncation={half: 0.2, deviation: 2, minimum: 3}"
    static let tiedOutput = ["model.output={tied: true}"]
    static let adaptiveOutput = [
        "model.output={softmax: adaptive, cutoffs: [8, 20], factor: 2}",
        "training.optimizer={name: asgd, learning_rate: 2, trigger_step: 30}",
    ]

    /// Labelled waves of three kinds and of different lengths, as the UCR archive writes them.
    static func waves(rows: Int) -> String {
        var random = Random(state: 2)
        var text = ""
        for _ in 0..<rows {
            let kind = random.below(3)
            let values = (0..<20 + random.below(20)).map { time -> String in
                let noise = random.below(200) - 100
                let wave = [time * 20, time % 8 * 100, (time / 5 % 2) * 600][kind]
                let value = wave + noise
                return "\(value < 0 ? "-" : "")\(abs(value) / 1000).\(String(abs(value) % 1000 + 1000).dropFirst())"
            }
            text += "\(kind + 1),\(values.joined(separator: ","))\n"
        }
        return text
    }

    static let wavesConfiguration = """
        task: classify
        data: {train: waves.txt, validation_fraction: 0.2, tokens: values}
        model:
          input: features
          layers: [{cell: lstm, size: 14}]
          readout: mean
          dense: [8]
          dropout: 0.2
        training:
          batch_size: 24
          epochs: 2
          truncation: 9
          optimizer: {name: sgd, learning_rate: 0.1, momentum: 0.9, nesterov: true}
          schedule: {name: cosine, warmup_steps: 5}
          log_every_steps: 1

        """

    /// Numerical Recipes' linear congruential generator; the high bits are good enough for samples.
    struct Random {
        var state: UInt64

        mutating func below(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % bound
        }
    }
}
