/// Learns merges from counted words: again and again the most frequent pair of neighbours becomes a symbol.
///
/// Counts are kept up to date from merge to merge: only the words that hold a merged pair are looked at again. The
/// most frequent pair lies on top of a heap whose entries may be too high, never too low; one that is too high goes
/// back with its true count.
package struct BytePairLearning {
    private var result = BytePairMerges()
    /// Symbols of each word, and how often it was seen.
    private var words: [[Int32]] = []
    private var wordCounts: [Int] = []
    private var pairCounts: [UInt64: Int] = [:]
    /// Words that hold, or once held, a pair.
    private var wordsOfPair: [UInt64: [Int32]] = [:]
    private var heap: [(count: Int, pair: UInt64)] = []

    /// Learns at most `merges` merges.
    ///
    /// Of equally frequent pairs the one whose left symbol, then whose right symbol, comes first in byte order is
    /// taken. A pair seen once alone is never merged.
    ///
    /// - Parameters:
    ///   - words: Words, in UTF-8, without the mark of their end.
    ///   - counts: How often each was seen.
    package static func learn(_ words: ByteStringTable, counts: [Int], merges: Int) -> BytePairMerges {
        var learning = BytePairLearning(words, counts)
        while learning.result.count < merges, let pair = learning.mostFrequent() { learning.merge(pair) }
        return learning.result
    }

    private init(_ table: ByteStringTable, _ counts: [Int]) {
        for word in 0..<table.count where counts[word] > 0 {
            let symbols = table.withBytes(of: word) { result.characters(of: $0) }
            guard symbols.count > 1 else { continue }
            words.append(symbols)
            wordCounts.append(counts[word])
            count(pairsOf: words.count - 1, sign: 1)
        }
        // Order of insertion does not show: the heap's order is total.
        heap.reserveCapacity(pairCounts.count)
        for (pair, count) in pairCounts { heap.append((count, pair)) }
        for index in heap.indices.reversed() { sink(index) }
    }

    /// Takes the most frequent pair off the heap; nil when none is seen twice.
    private mutating func mostFrequent() -> UInt64? {
        while let top = heap.first {
            let count = pairCounts[top.pair] ?? 0
            if count == top.count { return count < 2 ? nil : top.pair }
            heap[0].count = count
            if count == 0 {
                heap.swapAt(0, heap.count - 1)
                heap.removeLast()
            }
            if !heap.isEmpty { sink(0) }
        }
        return nil
    }

    private mutating func merge(_ pair: UInt64) {
        let left = Int32(truncatingIfNeeded: pair >> 32), right = Int32(truncatingIfNeeded: pair)
        guard result.add(left, right), let joined = result.merges.last?.joined else { return }
        var previous: Int32 = -1
        for word in (wordsOfPair.removeValue(forKey: pair) ?? []).sorted() where word != previous {
            previous = word
            let index = Int(word)
            count(pairsOf: index, sign: -1)
            words[index] = replacing(left, right, by: joined, in: words[index])
            count(pairsOf: index, sign: 1)
        }
    }

    /// Adds or takes away the pairs of a word.
    private mutating func count(pairsOf word: Int, sign: Int) {
        let symbols = words[word]
        for position in symbols.indices.dropLast() {
            let pair = BytePairMerges.key(symbols[position], symbols[position + 1])
            let count = pairCounts[pair, default: 0] + sign * wordCounts[word]
            pairCounts[pair] = count == 0 ? nil : count
            guard sign > 0 else { continue }
            if wordsOfPair[pair]?.last != Int32(word) { wordsOfPair[pair, default: []].append(Int32(word)) }
            // The heap is not there yet while words are first counted.
            if result.count > 0 { push((count, pair)) }
        }
    }

    // MARK: Heap, the largest on top

    private func precedes(_ a: (count: Int, pair: UInt64), _ b: (count: Int, pair: UInt64)) -> Bool {
        if a.count != b.count { return a.count > b.count }
        let (leftA, leftB) = (Int(a.pair >> 32), Int(b.pair >> 32))
        if leftA != leftB { return result.symbols.precedes(leftA, leftB) }
        let (rightA, rightB) = (Int(a.pair & 0xFFFF_FFFF), Int(b.pair & 0xFFFF_FFFF))
        return rightA != rightB && result.symbols.precedes(rightA, rightB)
    }

    private mutating func push(_ entry: (count: Int, pair: UInt64)) {
        heap.append(entry)
        var index = heap.count - 1
        while index > 0, precedes(heap[index], heap[(index - 1) / 2]) {
            heap.swapAt(index, (index - 1) / 2)
            index = (index - 1) / 2
        }
    }

    private mutating func sink(_ start: Int) {
        var index = start
        while true {
            var best = index
            for child in [2 * index + 1, 2 * index + 2] where child < heap.count && precedes(heap[child], heap[best]) {
                best = child
            }
            if best == index { return }
            heap.swapAt(index, best)
            index = best
        }
    }
}

extension BytePairMerges {
    /// A word as its scalars, the last one with the mark of the end.
    mutating func characters(of word: borrowing Span<UInt8>) -> [Int32] {
        var symbols: [Int32] = []
        var position = 0
        while position < word.count {
            let first = position
            _ = word.scalar(at: &position)
            if position < word.count {
                symbols.append(intern(word.extracting(first..<position)))
            } else {
                let marked = (first..<position).map { word[$0] } + Self.wordEnd
                symbols.append(intern(marked.span))
            }
        }
        return symbols
    }
}

/// Symbols with each `left right` replaced, from left to right.
func replacing(_ left: Int32, _ right: Int32, by joined: Int32, in symbols: [Int32]) -> [Int32] {
    var result: [Int32] = []
    result.reserveCapacity(symbols.count)
    var position = 0
    while position < symbols.count {
        if position + 1 < symbols.count, symbols[position] == left, symbols[position + 1] == right {
            result.append(joined)
            position += 2
        } else {
            result.append(symbols[position])
            position += 1
        }
    }
    return result
}
