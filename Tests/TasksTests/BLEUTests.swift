import Foundation
import Tasks
import XCTest

/// Tokens and scores against sacrebleu's, stored with the script that made them.
final class BLEUTests: XCTestCase {
    private struct References: Decodable {
        struct Sentence: Decodable { var text: String, tokens: [String] }
        struct Score: Decodable {
            var score: Double, counts: [Int], totals: [Int], length: Int, reference_length: Int, brevity_penalty: Double
        }
        struct Corpus: Decodable { var name: String, pairs: [[String]], cased: Score, lower: Score }
        var tokens: [Sentence], corpora: [Corpus]
    }

    private func references() throws -> References {
        let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent(
            "Parity/bleu.json")
        return try JSONDecoder().decode(References.self, from: Data(contentsOf: file))
    }

    func testTokensAreThoseOfSacrebleu() throws {
        let sentences = try references().tokens
        XCTAssertGreaterThan(sentences.count, 10)
        for sentence in sentences {
            let found = BLEU.tokens(of: sentence.text).map { $0.map(\.value) }
            XCTAssertEqual(found, sentence.tokens.map { $0.unicodeScalars.map(\.value) }, sentence.text)
        }
    }

    func testScoresAreThoseOfSacrebleu() throws {
        let corpora = try references().corpora
        XCTAssertGreaterThan(corpora.count, 10)
        for corpus in corpora {
            for (lowerCase, expected) in [(false, corpus.cased), (true, corpus.lower)] {
                var bleu = BLEU()
                for pair in corpus.pairs { bleu.add(pair[0], reference: pair[1], lowerCase: lowerCase) }
                XCTAssertEqual(bleu.score, expected.score, accuracy: 1e-10, corpus.name)
                XCTAssertEqual(bleu.matches, expected.counts, corpus.name)
                XCTAssertEqual(bleu.totals, expected.totals, corpus.name)
                XCTAssertEqual(bleu.length, expected.length, corpus.name)
                XCTAssertEqual(bleu.referenceLength, expected.reference_length, corpus.name)
                XCTAssertEqual(BLEU(counts: bleu.counts), bleu)
            }
        }
    }
}
