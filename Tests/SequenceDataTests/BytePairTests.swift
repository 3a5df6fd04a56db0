import Configuration
import SequenceData
import TestSupport
import XCTest

final class BytePairTests: XCTestCase {
    private func table(_ words: [(String, Int)]) -> (ByteStringTable, [Int]) {
        var table = ByteStringTable()
        for (word, _) in words { _ = table.intern(Array(word.utf8).span) }
        return (table, words.map(\.1))
    }

    private func learn(_ words: [(String, Int)], _ merges: Int) -> [String] {
        let (table, counts) = table(words)
        return BytePairLearning.learn(table, counts: counts, merges: merges).texts
    }

    func testTheExampleOfThePaperWithTiesInByteOrder() {
        let words = [("low", 5), ("lower", 2), ("newest", 6), ("widest", 3)]
        XCTAssertEqual(
            learn(words, 8),
            ["e s", "es t</w>", "l o", "e w", "ew est</w>", "n ewest</w>", "lo w</w>", "d est</w>"])
    }

    func testAPairSeenOnceIsNoSymbol() {
        XCTAssertEqual(learn([("ab", 1), ("cd", 1)], 10), [])
        XCTAssertEqual(learn([("ab", 2), ("cd", 1)], 10), ["a b</w>"])
    }

    func testRunsOfOneLetterMergeFromTheLeft() {
        XCTAssertEqual(learn([("aaaaa", 3)], 9), ["a a", "aa a</w>", "aa aaa</w>"].map { $0 })
    }

    func testIncrementalCountsAgreeWithCountingAnew() {
        var state: UInt64 = 9
        func draw(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % bound
        }
        for letters in [2, 3, 6] {
            var words: [(String, Int)] = []
            for _ in 0..<60 {
                let word = String(
                    (0..<1 + draw(9)).map { _ in ["a", "b", "é", "東", "e", "x"][draw(letters)] as Character })
                if !words.contains(where: { $0.0 == word }) { words.append((word, 1 + draw(5))) }
            }
            XCTAssertEqual(learn(words, 80), naiveMerges(words, 80), "\(letters) letters")
        }
    }

    private func naiveMerges(_ words: [(String, Int)], _ limit: Int) -> [String] {
        var split = words.map { word, count in
            (word.unicodeScalars.map(String.init).dropLast() + [String(word.unicodeScalars.suffix(1)) + "</w>"], count)
        }
        var merges: [String] = []
        while merges.count < limit {
            var counts: [[String]: Int] = [:]
            for (symbols, count) in split {
                for pair in zip(symbols, symbols.dropFirst()) { counts[[pair.0, pair.1], default: 0] += count }
            }
            let best = counts.filter { $0.value > 1 }.min { a, b in
                if a.value != b.value { return a.value > b.value }
                if a.key[0] != b.key[0] { return a.key[0].utf8.lexicographicallyPrecedes(b.key[0].utf8) }
                return a.key[1].utf8.lexicographicallyPrecedes(b.key[1].utf8)
            }
            guard let best else { break }
            merges.append(best.key.joined(separator: " "))
            split = split.map { symbols, count in
                var result: [String] = [], position = 0
                while position < symbols.count {
                    if position + 1 < symbols.count, [symbols[position], symbols[position + 1]] == best.key {
                        result.append(best.key.joined())
                        position += 2
                    } else {
                        result.append(symbols[position])
                        position += 1
                    }
                }
                return (ArraySlice(result), count)
            }
        }
        return merges
    }

    func testStoredMergesGiveTheSamePartsAgain() throws {
        let (table, counts) = table([("low", 5), ("lower", 2), ("newest", 6), ("widest", 3)])
        let learned = BytePairLearning.learn(table, counts: counts, merges: 8)
        let stored = try BytePairMerges(texts: learned.texts, subject: "checkpoint")
        for merges in [learned, stored] {
            var tokenizer = SentenceTokenizer(areCharacters: false, .init(), merges: merges)
            var buffer = TokenBuffer()
            tokenizer.tokenize(Array("lowest newest, low wide low".utf8).span, into: &buffer)
            XCTAssertEqual(
                buffer.texts,
                ["lo", "w", "est</w>", "newest</w>", "\u{FFED},", "low</w>", "w", "i", "d", "e</w>", "low</w>"])
        }
    }

    func testDamagedMergesAreRefused() throws {
        let folder = try TemporaryFolder()
        folder.expect("checkpoint: merge 2 is 'ab', expected two symbols with a blank between") {
            _ = try BytePairMerges(texts: ["a b", "ab"], subject: "checkpoint")
        }
        folder.expect("checkpoint: merge 2, 'a b', is there twice, expected each pair once") {
            _ = try BytePairMerges(texts: ["a b", "a b"], subject: "checkpoint")
        }
    }
}
