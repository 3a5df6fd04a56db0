import Configuration
import Kernels
import RecurrentNetworks
import SequenceData
import Tasks
import TestSupport
import XCTest

/// Gradients of whole taggers against differences of their loss, in Double.
final class TaggerGradientTests: XCTestCase {
    private static let sentences = ["ab b", "c", "b abc a c b", "a bb", "cab b c"]
    private static let tags = ["O B-x", "O", "B-x I-x O B-y O", "B-y O", "O O B-x"]
    private static let shards = [1, 1, 2, 5, 5]

    func testSoftmaxOverWordsAlone() throws { try check { _, _ in } }

    func testSoftmaxOverAWindowWithDropout() throws {
        try check { model, tagging in
            tagging.context = 1
            tagging.inputDropout = 0.3
            model.dropout = 0.3
        }
    }

    func testFieldOverAWindowAndCharactersReadBothWays() throws {
        for cell in ModelConfiguration.CellKind.allCases {
            try check { model, tagging in
                tagging.context = 2
                tagging.output = .crf
                tagging.characters = TaggingConfiguration.Characters()
                tagging.characters?.cell = cell
                tagging.characters?.size = 2
                tagging.characters?.embedding = 3
                model.layers[0].cell = cell
            }
        }
    }

    func testEveryRegularizerIsPartOfTheFunctionThatIsDerived() throws {
        for output in TaggingConfiguration.Output.allCases {
            try check(penalties: (2, 1)) { model, tagging in
                tagging.output = output
                Self.regularize(&model, &tagging)
            }
        }
    }

    private static func regularize(_ model: inout ModelConfiguration, _ tagging: inout TaggingConfiguration) {
        (tagging.context, tagging.inputDropout) = (1, 0.1)
        tagging.characters = TaggingConfiguration.Characters()
        (model.dropout, model.dropoutKind, model.embeddingDropout, model.weightDrop) = (0.2, .variational, 0.2, 0.3)
        model.layers[0].zoneout = 0.2
        model.layers[1].layerNorm = true
    }

    func testFieldOverCharactersReadForward() throws {
        try check { _, tagging in
            tagging.output = .crf
            tagging.characters = TaggingConfiguration.Characters()
            tagging.characters?.bidirectional = false
            tagging.characters?.size = 3
            tagging.characters?.embedding = 2
        }
    }

    func testHiddenWordsWithCharacters() throws {
        try check { _, tagging in
            tagging.hiddenWords = 0.3
            tagging.context = 1
            tagging.characters = TaggingConfiguration.Characters()
            tagging.characters?.size = 2
            tagging.characters?.embedding = 2
        }
    }

    func testGradientsDoNotDependOnTheNumberOfRanks() throws {
        let tagger = try Tagger<Float>(Self.sentences, Self.tags, penalties: (1, 2)) { model, tagging in
            tagging.output = .crf
            Self.regularize(&model, &tagging)
        }
        let one = tagger.gradients(Self.shards, ranks: [[0..<8]])
        for ranks in [[[0..<4], [4..<8]], [[0..<2], [2..<4, 4..<5], [5..<6, 6..<8]], (0..<8).map { [$0..<$0 + 1] }] {
            XCTAssertEqual(tagger.gradients(Self.shards, ranks: ranks).map(\.values), one.map(\.values), "\(ranks)")
        }
    }

    private func check(
        penalties: (activations: Double, changes: Double) = (0, 0), file: StaticString = #filePath, line: UInt = #line,
        _ change: (inout ModelConfiguration, inout TaggingConfiguration) -> Void
    ) throws {
        let tagger = try Tagger<Double>(Self.sentences, Self.tags, penalties: penalties, change)
        for (place, gradient) in zip(tagger.places, tagger.gradients(Self.shards, ranks: [[0..<4], [4..<8]])) {
            var largest = 0.0, difference = 0.0
            for (i, value) in gradient.values.enumerated() {
                let kept = place.storage[place.offset + i]
                func loss(_ change: Double) -> Double {
                    place.storage[place.offset + i] = kept + change
                    defer { place.storage[place.offset + i] = kept }
                    return tagger.loss(Self.shards)
                }
                let h = 1e-3
                let numeric = (8 * (loss(h) - loss(-h)) - (loss(2 * h) - loss(-2 * h))) / (12 * h)
                largest = max(largest, abs(numeric))
                difference = max(difference, abs(numeric - value))
            }
            XCTAssertGreaterThan(largest, 1e-4, "\(place.name) has no gradient", file: file, line: line)
            XCTAssertLessThan(difference / largest, 1e-7, place.name, file: file, line: line)
        }
    }
}

/// A tagger on sentences of its own, with the loss that its task has.
private final class Tagger<Scalar: KernelScalar> {
    private let corpus: TaggedCorpus
    private let tagging: TaggingConfiguration
    private let network: TaggerNetwork<Scalar>
    private let parameters: Parameters<Scalar>
    private let words: Int
    private let pass = Pass(trainingStep: 3, seed: 1, truncation: nil)

    init(
        _ sentences: [String], _ tags: [String], penalties: (activations: Double, changes: Double),
        _ change: (inout ModelConfiguration, inout TaggingConfiguration) -> Void
    ) throws {
        let folder = try TemporaryFolder()
        var configuration = RunConfiguration()
        configuration.data.tokens = .words
        configuration.data.train = try folder.write("a.in", sentences.joined(separator: "\n"))
        _ = try folder.write("a.out", tags.joined(separator: "\n"))
        configuration.model.layers = [ModelConfiguration.Layer()]
        configuration.model.layers[0].size = 3
        configuration.model.layers[0].bidirectional = true
        var second = ModelConfiguration.Layer()
        second.size = 4
        configuration.model.layers.append(second)
        change(&configuration.model, &configuration.tagging)
        let read = try TaggedReader(configuration).readTraining { _ in false }
        corpus = read.training
        tagging = configuration.tagging
        words = read.vocabulary.words.count
        network = TaggerNetwork(
            configuration.model, tagging, embedding: 3, words: words + 1, characters: read.vocabulary.characters.count,
            classes: tagging.hiddenWords == nil ? 4 : words, penalties: penalties, team: ThreadTeam(count: 1))
        parameters = Parameters(network.layout)
        // Larger than first values are, so that every parameter matters.
        let stream = RandomStream(seed: 5, purpose: .initialization)
        for (number, place) in places.enumerated() {
            for i in 0..<place.count {
                place.storage[place.offset + i] = Scalar(Float(2 * stream.uniform(UInt64(i), UInt32(number)) - 1))
            }
        }
    }

    var places: [(name: String, storage: AlignedBuffer<Scalar>, offset: Int, count: Int)] {
        parameters.layout.dense.map { ($0.name, parameters.dense, $0.offset, $0.count) }
            + zip(parameters.layout.tables, parameters.tables).map { ($0.name, $1.storage, 0, $1.storage.count) }
    }

    func loss(_ shards: [Int]) -> Double {
        network.pack(parameters)
        let batch = batch(shards, [0..<8]), (loss, scores) = forward(batch)
        backward(scores, batch, into: Gradients(parameters.layout, subtrees: 1))
        return loss + Double(network.penalties.total)
    }

    /// The sum of all losses, its gradient in the place of the scores.
    private func forward(_ batch: TaggingBatch<Scalar>) -> (loss: Double, scores: Matrix<Scalar>) {
        let scores = network.forward(batch.input, chosen: batch.chosen, pass, parameters)
        if let field = network.field {
            return (field.losses(scores, tags: batch.targets, batch.input.packed, parameters).reduce(0, +), scores)
        }
        var losses = [Scalar](repeating: 0, count: scores.rows), predictions = [Int32](repeating: 0, count: scores.rows)
        softmaxCrossEntropy(
            scores, targets: (0..<scores.rows).map { batch.targets[$0] }, weights: losses.map { _ in 1 },
            losses: &losses,
            predictions: &predictions)
        return (losses.reduce(0) { $0 + Double($1) }, scores)
    }

    private func batch(_ shards: [Int], _ subtrees: [Range<Int>]) -> TaggingBatch<Scalar> {
        let own = shards.indices.filter { i in subtrees.contains { $0.contains(shards[i]) } }
        let hiding = tagging.hiddenWords.map {
            Hiding(word: Int32(words), share: $0, RandomStream(seed: 1, purpose: .sampling), draw: 0, atLeastOne: true)
        }
        return TaggingBatch(
            corpus, own, shards: own.map { shards[$0] }, subtrees: ShardSubtrees(subtrees), context: tagging.context,
            isSpelled: tagging.characters != nil, hiding: hiding)
    }

    /// Summed over ranks in the tree; tables in full.
    func gradients(_ shards: [Int], ranks: [[Range<Int>]]) -> [(name: String, values: [Scalar])] {
        network.pack(parameters)
        var sums: [(Range<Int>, [[Scalar]]?)] = []
        for subtrees in ranks {
            let batch = batch(shards, subtrees)
            let gradients = Gradients<Scalar>(parameters.layout, subtrees: subtrees.count)
            assertStagesAreComplete(gradients, of: parameters.layout) {
                backward(forward(batch).scores, batch, into: gradients)
            }
            for (number, range) in subtrees.enumerated() {
                let isPresent = !batch.input.packed.sequenceLeaves.subtrees[number].isEmpty
                sums.append((range, isPresent ? gradients.tensors(subtree: number, parameters.layout) : nil))
            }
        }
        return zip(places.map(\.name), SummationTree.fold(0..<8, sums) ?? []).map { ($0, $1) }
    }

    private func backward(_ scores: Matrix<Scalar>, _ batch: TaggingBatch<Scalar>, into gradients: Gradients<Scalar>) {
        let d = network.field?.backward(tags: batch.targets, batch.input.packed, into: gradients) ?? scores
        network.backward(
            d, index: batch.index, leaves: batch.leaves, batch.input, chosen: batch.chosen, pass, into: gradients)
    }
}
