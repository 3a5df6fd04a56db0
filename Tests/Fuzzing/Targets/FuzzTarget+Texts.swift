import Configuration
import SequenceData

/// Readers of text: configurations, tables, columns, running text, vectors, series.
extension FuzzTarget {
    static let textTargets = [
        FuzzTarget("yaml", seeds: { [Array(RunConfiguration().yaml(comments: true).utf8)] + texts(["task: tag\n", "{}"]) }) {
            let configuration = try RunConfiguration.read(yaml: $0, name: "config.yaml")
            // What is accepted is printed, and what is printed accepted.
            let again = try RunConfiguration.read(
                yaml: Array(configuration.yaml(comments: false).utf8), name: "config.yaml", isStored: true)
            guard again == configuration else { throw Difference() }
        },
        FuzzTarget(
            "table", seeds: { texts(["label,text\na,\"x \"\"y\"\" z\"\nb,u v\r\n", "a,b\n\nb,c", "\u{feff}1,é\n2,\u{0}"]) }
        ) { bytes in
            // The first byte chooses between commas and tabs, and what there is to read.
            let choice = bytes.first ?? 0
            var data = DataConfiguration()
            data.train = try file(Array(bytes.dropFirst()), choice & 1 == 0 ? ".csv" : ".tsv")
            data.tokens = choice & 2 == 0 ? .words : .characters
            data.header = choice & 4 == 0 ? nil : true
            data.standardize.foldAccents = choice & 8 != 0
            data.maxLength = choice & 16 == 0 ? nil : 3
            if choice & 32 != 0 { data.columns.text = [.name("text"), .number(3)] }
            _ = try CorpusReader(data).readTraining { $0 % 3 == 1 }
        },
        FuzzTarget("sequences", seeds: { texts(["1,0.5,-2e3\n2 7 8\n", "0 NaN 1\n", "\n3\t4\t5\n1,2,3"]) }) { bytes in
            var data = DataConfiguration()
            data.tokens = .values
            let isLong = (bytes.first ?? 0) & 1 == 1
            data.train = try file(Array(bytes.dropFirst()), isLong ? ".csv" : ".txt")
            if isLong {
                data.format = .long
                data.columns.label = .number(2)
                data.columns.values = [.number(3), .number(4)]
            }
            _ = try CorpusReader(data).readTraining { $0 % 3 == 1 }
        },
        FuzzTarget(
            "columns", seeds: { texts(["EU B-ORG\nrejects O\n\nGerman B-MISC\n. O\n", "a X\nb Y Z\n \nc\tX", "-DOCSTART- O\n"]) }
        ) { bytes in
            let choice = bytes.first ?? 0
            var configuration = RunConfiguration()
            configuration.task = "tag"
            configuration.data = DataConfiguration()
            configuration.data.tokens = .words
            configuration.data.train = try file(Array(bytes.dropFirst()), ".txt")
            if choice & 1 != 0 { configuration.tagging.scheme = .iob2 }
            if choice & 2 != 0 { configuration.tagging.hiddenWords = 0.5 }
            configuration.tagging.mergeDigits = choice & 4 != 0
            _ = try TaggedReader(configuration).readTraining { $0 % 3 == 1 }
        },
        FuzzTarget("text", seeds: { texts(["one two\nthree two one\n", "Zażółć gęślą\r\njaźń\u{85}\n", "\u{0}"]) }) { bytes in
            let choice = bytes.first ?? 0
            var data = DataConfiguration()
            data.train = try file(Array(bytes.dropFirst()), ".txt")
            data.tokens = [.words, .characters, .bytes][Int(choice % 3)]
            data.lines = choice & 4 != 0
            data.vocabulary.size = choice & 8 != 0 ? 5 : nil
            let read = try RunningText.readTraining(data, heldOut: 0.2) { $0 % 5 == 1 }
            _ = try RunningText.read(data.train, data, vocabulary: read.vocabulary)
        },
        FuzzTarget(
            "vectors",
            seeds: { texts(["2 3\none 1 2 3\ntwo 4 5 6\n", "one 1 2\ntwo 0.5 -1e4\n"]) + [Array("2 1\none ".utf8) + [0, 0, 128, 63] + Array("\ntwo ".utf8) + [0, 0, 0, 64]] }
        ) {
            let vocabulary = try Vocabulary(strings: ["", "[UNK]", "one", "two", "three"])
            let vectors = try WordVectors.read(file($0, ".txt"), for: vocabulary)
            precondition(vectors.rows.allSatisfy(\.isFinite), "vectors are numbers")
        },
        FuzzTarget("series", seeds: { texts(["date,a,b\n2020-01,1,2\n2020-02,3,4.5\n", "1;2\n3;4\n", "a\n1\n\n2\n"]) }) { bytes in
            let choice = bytes.first ?? 0
            var data = DataConfiguration()
            data.format = .series
            data.tokens = .values
            data.train = try file(Array(bytes.dropFirst()), choice & 1 == 0 ? ".csv" : ".tsv")
            data.header = choice & 2 == 0 ? nil : true
            if choice & 4 != 0 { data.columns.values = [.name("a"), .number(3)] }
            _ = try SeriesReader(data).read(data.train)
        },
        FuzzTarget("gzip", seeds: { [gzip("one two\nthree"), gzip("") + gzip("a\n") + [0, 0], Array("plain\n".utf8)] }) {
            var text = try TextFile(path: file($0, ".gz"))
            // A byte of gzip unpacks to a thousand.
            var lines = 0
            while try text.nextTextLine() != nil { lines += 1 }
        },
        FuzzTarget(
            "pairs", seeds: { texts(["a b\tc d\nb\tc\n", "x,\"y\"\n", "a b c\nb c d\na b\n"]) }
        ) { bytes in
            let choice = bytes.first ?? 0
            var data = DataConfiguration()
            data.tokens = choice & 2 == 0 ? .words : .subwords
            data.train = try file(Array(bytes.dropFirst()), choice & 1 == 0 ? ".csv" : ".tsv")
            let pairs = try ParallelText(
                data.train, columns: (data.columns.source, data.columns.target), header: data.header)
            let codec = try SentenceCodec.fit(
                [pairs.source, pairs.target], SentenceCodec.Tokens(data), data.standardize, limits: data.vocabulary,
                subject: data.train)
            _ = SentencePairs(pairs, codec, codec, maxLength: 4)
        },
    ]

    private struct Difference: Error {}

    /// `gzip -9n`.
    private static func gzip(_ text: String) -> [UInt8] {
        switch text {
        case "": [31, 139, 8, 0, 0, 0, 0, 0, 2, 3, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0]
        case "a\n": [31, 139, 8, 0, 0, 0, 0, 0, 2, 3, 75, 228, 2, 0, 7, 161, 234, 221, 2, 0, 0, 0]
        default: [31, 139, 8, 0, 0, 0, 0, 0, 2, 3, 203, 207, 75, 85, 40, 41, 207, 231, 42, 201, 40, 74, 77, 5, 0, 135, 245, 18, 222, 13, 0, 0, 0]
        }
    }

    /// Each behind a byte that chooses settings.
    private static func texts(_ texts: [String]) -> [[UInt8]] {
        texts.flatMap { text in [0, 1, 2, 7].map { [UInt8($0)] + Array(text.utf8) } }
    }
}
