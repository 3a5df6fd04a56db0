import SequenceData
import XCTest

/// Generated texts are like those of AG News (the 6,600 of `ag_news_columns`, words as classifiers read them).
final class NewsTextsTests: XCTestCase {
    private static let articles = NewsTexts.articles.corpus(examples: NewsTexts.examples, vocabulary: 20_000)
    private static let titles = NewsTexts.titles.corpus(examples: NewsTexts.examples, vocabulary: 20_000)

    /// The mean number of different tokens in batches of texts as they come.
    private func distinctTokens(_ corpus: EncodedCorpus, batch: Int) -> Double {
        let batches = corpus.count / batch
        let sum = (0..<batches).reduce(0) { sum, number in
            let first = corpus.offsets[number * batch], end = corpus.offsets[(number + 1) * batch]
            return sum + Set(corpus.tokens[first..<end]).count
        }
        return Double(sum) / Double(batches)
    }

    func testLengthsAreThoseOfNews() {
        for (corpus, mean, median, ninetieth) in [(Self.articles, 37.371, 37, 48), (Self.titles, 6.740, 7, 9)] {
            let lengths = corpus.lengths.sorted()
            XCTAssertEqual(Double(corpus.steps) / Double(corpus.count), mean, accuracy: 0.03 * mean)
            XCTAssertEqual(Int(lengths[3300]), median)
            XCTAssertEqual(Int(lengths[5940]), ninetieth)
        }
        XCTAssertEqual(Self.articles.lengths.min(), 12)
        XCTAssertEqual(Self.titles.lengths.min(), 1)
    }

    func testBatchesHaveAsManyDifferentWordsAsThoseOfNews() {
        for (corpus, batch, distinct) in [
            (Self.articles, 16, 372.07), (Self.articles, 128, 2011.9), (Self.titles, 16, 98.34),
            (Self.titles, 128, 643.5),
        ] {
            XCTAssertEqual(distinctTokens(corpus, batch: batch), distinct, accuracy: 0.04 * distinct, "batch \(batch)")
        }
    }

    func testFrequentWordsAreAsFrequentAsInNews() {
        // Shares of the ten, hundred and thousand most frequent words.
        for (corpus, shares) in [(Self.articles, [0.191, 0.373, 0.645]), (Self.titles, [0.126, 0.283, 0.599])] {
            for (words, share) in zip([10, 100, 1000], shares) {
                let known = corpus.tokens.count { $0 >= 2 && $0 < 2 + words }
                XCTAssertEqual(Double(known) / Double(corpus.steps), share, accuracy: 0.035, "\(words) words")
            }
        }
    }

    func testRareWordsAreUnknownAndTheOthersInTheVocabulary() {
        XCTAssertTrue(Self.articles.tokens.allSatisfy { (1..<20_000).contains($0) })
        XCTAssertEqual(Double(Self.articles.unknownTokens) / Double(Self.articles.steps), 0.0165, accuracy: 0.008)
        XCTAssertEqual(Self.titles.unknownTokens, 0)
        XCTAssertEqual(Set(Self.articles.labels), [0, 1, 2, 3])
    }

    func testRandomTokensUseTheWholeVocabulary() {
        let text = RunningText.random(tokens: 5000, vocabulary: 65)
        XCTAssertEqual(Set(text.tokens), Set(2..<65))
        XCTAssertEqual(text.lines, 1)
        XCTAssertEqual(text, RunningText.random(tokens: 5000, vocabulary: 65))
    }
}
