import Kernels
import RecurrentNetworks
import SequenceData

/// The sentences of some shards of a step, packed for the kernels.
public struct TaggingBatch<Scalar: KernelScalar>: TaskBatch {
    package let input: WordInput<Scalar>
    /// The rows to predict, shard after shard; nil: all rows.
    package let chosen: AlignedBuffer<Int32>?
    /// The tag (or hidden word) of each row to predict; -1: there is none.
    package let targets: AlignedBuffer<Int32>
    /// The rows to predict at the positions of `leaves`.
    package let index: AlignedBuffer<Int32>
    package let leaves: GradientLeaves

    public var isEmpty: Bool { input.packed.sequences == 0 }

    /// - Parameters:
    ///   - sentences: Their numbers.
    ///   - shards: The shard of each, rising.
    ///   - context: Words on either side that a row reads.
    ///   - isSpelled: Whether rows read the characters of their word.
    ///   - hiding: Which tokens of a sentence are hidden and to be predicted; nil: tags are predicted.
    ///   - forgetting: Which words are read as unknown; nil: none.
    package init(
        _ corpus: TaggedCorpus, _ sentences: [Int], shards: [Int], subtrees: ShardSubtrees, context: Int,
        isSpelled: Bool,
        hiding: Hiding?, forgetting: Hiding? = nil
    ) {
        let packed = PackedSequences(
            lengths: sentences.map { corpus.offsets[$0 + 1] - corpus.offsets[$0] }, shards: shards,
            subtreeShards: subtrees)
        let order = packed.order.map { sentences[$0] }
        let gradientRows = packed.gradientRows(liveSteps: nil)
        let hidden = hiding.map { hiding in order.indices.map { hiding.tokens(order[$0], packed.lengths[$0]) } }
        let forgotten = forgetting.map { hiding in order.indices.map { hiding.tokens(order[$0], packed.lengths[$0]) } }

        let windows = (0...2 * context).map { _ in AlignedBuffer<Int32>(count: packed.rows) }
        var tokens: [Int] = []  // of each row
        var isHidden: [Bool] = []
        var examples: [Int32] = [], times: [Int32] = []
        for t in 0..<packed.steps {
            for j in 0..<packed.active[t] {
                let start = corpus.offsets[order[j]]
                for (place, words) in windows.enumerated() {
                    let other = t + place - context
                    guard other >= 0 && other < packed.lengths[j] else { continue }  // beyond the sentence: padding, 0
                    var word = corpus.words[start + other]
                    if let forgetting, forgotten?[j][other] == true { word = forgetting.word }
                    if let hiding, hidden?[j][other] == true { word = hiding.word }
                    words[tokens.count] = word
                }
                tokens.append(start + t)
                isHidden.append(hidden?[j][t] ?? false)
                examples.append(Int32(truncatingIfNeeded: order[j]))
                times.append(Int32(truncatingIfNeeded: t))
            }
        }
        let spelling = isSpelled ? Spelling<Scalar>(corpus, tokens, isHidden, gradientRows, subtrees) : nil
        input = WordInput(
            packed: packed, sentences: AlignedBuffer(order.map { Int32(truncatingIfNeeded: $0) }), windows: windows,
            spelling: spelling?.input, spelledRows: spelling?.rows ?? AlignedBuffer(count: 0),
            rowExamples: AlignedBuffer(examples),
            rowTimes: AlignedBuffer(times))
        guard hiding != nil else {
            chosen = nil
            targets = AlignedBuffer(corpus.tags.isEmpty ? tokens.map { _ in -1 } : tokens.map { corpus.tags[$0] })
            index = gradientRows.rows
            leaves = gradientRows.leaves
            return
        }
        var chosenRows: [Int32] = [], bounds = [0]
        for leaf in gradientRows.leaves.shards.indices {
            for position in gradientRows.leaves.bounds[leaf]..<gradientRows.leaves.bounds[leaf + 1] {
                let row = gradientRows.rows[position]
                if isHidden[Int(row)] { chosenRows.append(row) }
            }
            bounds.append(chosenRows.count)
        }
        chosen = AlignedBuffer(chosenRows)
        targets = AlignedBuffer(chosenRows.map { corpus.words[tokens[Int($0)]] })
        index = AlignedBuffer(chosenRows.indices.map { Int32(truncatingIfNeeded: $0) })
        leaves = gradientRows.leaves.moved(to: bounds)
    }
}

/// The characters of the rows' words, as sequences of their own in the shard of their sentence.
private struct Spelling<Scalar: KernelScalar> {
    let input: SequenceInput<Scalar>
    /// The row of each packed sequence.
    let rows: AlignedBuffer<Int32>

    init(
        _ corpus: TaggedCorpus, _ tokens: [Int], _ isHidden: [Bool], _ order: GradientRows, _ subtrees: ShardSubtrees
    ) {
        var words: [ArraySlice<Int32>] = [], shards: [Int] = []
        for (leaf, shard) in order.leaves.shards.enumerated() {
            for position in order.leaves.bounds[leaf]..<order.leaves.bounds[leaf + 1] {
                let row = Int(order.rows[position]), spelling = Int(corpus.spellings[tokens[row]])
                let characters = corpus.characters[
                    corpus.characterOffsets[spelling]..<corpus.characterOffsets[spelling + 1]]
                // A hidden word shows nothing of its spelling.
                words.append(isHidden[row] ? [Vocabulary.padding] : characters)
                shards.append(shard)
            }
        }
        let packed = PackedSequences(lengths: words.map(\.count), shards: shards, subtreeShards: subtrees)
        let sorted = packed.order.map { words[$0] }
        var rows: [Int32] = []
        for t in 0..<packed.steps {
            for j in 0..<packed.active[t] { rows.append(sorted[j][sorted[j].startIndex + t]) }
        }
        input = SequenceInput(
            packed: packed, tokens: AlignedBuffer(rows), features: nil, examples: AlignedBuffer(count: packed.sequences)
        )
        self.rows = AlignedBuffer(packed.order.map { order.rows[$0] })
    }
}

/// Which words of a sentence are hidden, and what is read in their place.
package struct Hiding {
    /// The word that stands in their place.
    let word: Int32
    /// For a sentence's number and its length, for each token whether it is hidden.
    let tokens: (_ sentence: Int, _ length: Int) -> [Bool]

    /// A share of the words, chosen at random.
    ///
    /// - Parameters:
    ///   - draw: Another number, other words: the epoch.
    ///   - atLeastOne: Of every sentence.
    package init(word: Int32, share: Double, _ stream: RandomStream, draw: Int, atLeastOne: Bool) {
        self.word = word
        tokens = { sentence, length in
            let keys = (0..<length).map {
                stream.uniform(UInt64(sentence) << 32 | UInt64($0), UInt32(truncatingIfNeeded: draw))
            }
            let smallest = keys.indices.min { (keys[$0], $0) < (keys[$1], $1) }
            return keys.indices.map { keys[$0] < share || atLeastOne && $0 == smallest }
        }
    }

    /// The tokens that hold a blank.
    init(word: Int32, blanks: [[Bool]]) {
        self.word = word
        tokens = { sentence, _ in blanks[sentence] }
    }
}
