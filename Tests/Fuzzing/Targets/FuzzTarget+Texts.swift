import Configuration
import SequenceData

/// Readers of text: configurations, tables, columns, running text, vectors, series.
extension FuzzTarget {
    static var textTargets: [FuzzTarget] {
        [yaml, table, sequences, columns, text, vectors, series, gzip, pairs]
    }

    private static let yaml = FuzzTarget(
        "yaml", seeds: { [RunConfiguration().yaml(comments: true), "task: tag\n", "{}"].map { Array($0.utf8) } }
    ) {
        let configuration = try RunConfiguration.read(yaml: $0, name: "config.yaml")
        // What is accepted is printed, and what is printed accepted.
        let again = try RunConfiguration.read(
            yaml: Array(configuration.yaml(comments: false).utf8), name: "config.yaml", isStored: true)
        guard again == configuration else { throw Difference() }
    }

    private static let table = FuzzTarget(
        "table", choosing: ["label,text\na,\"x \"\"y\"\" z\"\nb,u v\r\n", "a,b\n\nb,c", "\u{feff}1\té\n2\t\u{0}"]
    ) { choice, bytes in
        var data = DataConfiguration()
        data.train = try file(bytes, choice & 1 == 0 ? ".csv" : ".tsv")
        data.tokens = choice & 2 == 0 ? .words : .characters
        data.header = choice & 4 == 0 ? nil : true
        data.standardize.foldAccents = choice & 8 != 0
        data.maxLength = choice & 16 == 0 ? nil : 3
        if choice & 32 != 0 { data.columns.text = [.name("text"), .number(3)] }
        _ = try CorpusReader(data).readTraining { $0 % 3 == 1 }
    }

    private static let sequences = FuzzTarget(
        "sequences", choosing: ["1,0.5,-2e3\n2 7 8\n", "0 NaN 1\n", "s,a,1,2\ns,a,3,4\nt,b,5,6\n", "\n3\t4\t5\n1,2,3"]
    ) { choice, bytes in
        var data = DataConfiguration()
        data.tokens = .values
        data.train = try file(bytes, choice & 1 == 0 ? ".txt" : ".csv")
        if choice & 1 != 0 {
            data.format = .long
            data.columns.label = .number(2)
            data.columns.values = [.number(3), .number(4)]
        }
        _ = try CorpusReader(data).readTraining { $0 % 3 == 1 }
    }

    private static let columns = FuzzTarget(
        "columns",
        choosing: ["EU B-ORG\nrejects O\n\nGerman B-MISC\n. O\n", "a X\nb Y Z\n \nc\tX", "-DOCSTART- O\n\na I-X\n"]
    ) { choice, bytes in
        var configuration = RunConfiguration()
        configuration.task = "tag"
        configuration.data = DataConfiguration()
        configuration.data.tokens = .words
        configuration.data.train = try file(bytes, ".txt")
        if choice & 1 != 0 { configuration.tagging.scheme = .iob2 }
        if choice & 2 != 0 { configuration.tagging.hiddenWords = 0.5 }
        configuration.tagging.mergeDigits = choice & 4 != 0
        _ = try TaggedReader(configuration).readTraining { $0 % 3 == 1 }
    }

    private static let text = FuzzTarget(
        "text", choosing: ["one two\nthree two one\n", "Zażółć gęślą\r\njaźń\u{85}\n", "\u{0}", "a b c d e f g h i j\n"]
    ) { choice, bytes in
        var data = DataConfiguration()
        data.train = try file(bytes, ".txt")
        data.tokens = [.words, .characters, .bytes][Int(choice % 3)]
        data.lines = choice & 4 != 0
        data.vocabulary.size = choice & 8 != 0 ? 5 : nil
        let read = try RunningText.readTraining(data, heldOut: 0.2) { $0 % 5 == 1 }
        _ = try RunningText.read(data.train, data, vocabulary: read.vocabulary)
    }

    private static let vectors = FuzzTarget(
        "vectors",
        seeds: {
            let texts = ["2 3\none 1 2 3\ntwo 4 5 6\n", "one 1 2\ntwo 0.5 -1e4\n"].map { Array($0.utf8) }
            return texts + [Array("2 1\none ".utf8) + [0, 0, 128, 63] + Array("\ntwo ".utf8) + [0, 0, 0, 64]]
        }
    ) {
        let vocabulary = try Vocabulary(strings: ["", "[UNK]", "one", "two", "three"])
        let vectors = try WordVectors.read(file($0, ".txt"), for: vocabulary)
        precondition(vectors.rows.allSatisfy(\.isFinite), "vectors are numbers")
    }

    private static let series = FuzzTarget(
        "series", choosing: ["date,a,b\n2020-01,1,2\n2020-02,3,4.5\n", "1,2\n3,4\n", "a\n1\n\n2\n", "a\tb\n1\t2\n"]
    ) { choice, bytes in
        var data = DataConfiguration()
        data.format = .series
        data.tokens = .values
        data.train = try file(bytes, choice & 1 == 0 ? ".csv" : ".tsv")
        data.header = choice & 2 == 0 ? nil : true
        if choice & 4 != 0 { data.columns.values = [.name("a"), .number(3)] }
        _ = try SeriesReader(data).read(data.train)
    }

    private static let gzip = FuzzTarget(
        "gzip",
        seeds: {
            // `gzip -9n` of two lines, of nothing, and of one line with padding behind it.
            let lines: [UInt8] = [
                31, 139, 8, 0, 0, 0, 0, 0, 2, 3, 203, 207, 75, 85, 40, 41, 207, 231, 42, 201, 40, 74, 77, 5, 0, 135, 245,
                18, 222, 13, 0, 0, 0,
            ]
            let nothing: [UInt8] = [31, 139, 8, 0, 0, 0, 0, 0, 2, 3, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0]
            return [lines, nothing + lines + [0, 0], lines + lines, Array("plain\n".utf8)]
        }
    ) {
        var text = try TextFile(path: file($0, ".gz"))
        while try text.nextTextLine() != nil {}
    }

    private static let pairs = FuzzTarget(
        "pairs", choosing: ["a b\tc d\nb\tc\n", "x,\"y\"\nab ab,ab\n", "a b c,d\nb c d,e\na b,f\n"]
    ) { choice, bytes in
        var data = DataConfiguration()
        data.tokens = choice & 2 == 0 ? .words : .subwords
        data.merges = 5
        data.train = try file(bytes, choice & 1 == 0 ? ".csv" : ".tsv")
        let pairs = try ParallelText(
            data.train, columns: (data.columns.source, data.columns.target), header: data.header)
        let codec = try SentenceCodec.fit(
            [pairs.source, pairs.target], SentenceCodec.Tokens(data), data.standardize, limits: data.vocabulary,
            subject: data.train)
        _ = SentencePairs(pairs, codec, codec, maxLength: 4)
    }

    private struct Difference: Error {}
}
