import Configuration
import Diagnostics

/// A text as one run of token numbers, each line closed by the line end: what a language model reads.
public struct RunningText: Equatable, Sendable {
    /// Line ends included.
    public internal(set) var tokens: [Int32] = []
    /// First token of each line, and the number of tokens.
    public internal(set) var lineBounds = [0]
    /// Lines cut at `data.max_length`, of the reading that this text comes from, even if only part of it is here.
    public internal(set) var cutLines = 0

    package init() {}

    /// One line of tokens that are in memory.
    package init(tokens: [Int32]) {
        self.tokens = tokens
        lineBounds = [0, tokens.count]
    }

    /// The entry that stands for the end of a line.
    public static let lineEnd = "\n"

    /// The token of a line's end, which also stands before a text.
    public static func lineEndToken(_ data: DataConfiguration, _ vocabulary: Vocabulary) -> Int32 {
        data.tokens == .bytes ? firstByte + 10 : vocabulary.number(of: lineEnd)
    }

    public var lines: Int { lineBounds.count - 1 }

    /// Tokens that are not in the vocabulary.
    public var unknownTokens: Int { tokens.count { $0 == Vocabulary.unknown } }

    /// Reads the training text, fits the vocabulary, and sets apart what is held out for validation, which the
    /// vocabulary does not see.
    ///
    /// - Parameters:
    ///   - heldOut: Share of a continuous text, at its end.
    ///   - isHeldOut: Whether a line is, where `data.lines` is set.
    /// - Throws: `Diagnostic` for a file that is missing, empty or not UTF-8, and where nothing is left to train on.
    public static func readTraining(
        _ data: DataConfiguration, heldOut: Double, isHeldOut: (_ line: Int) -> Bool
    ) throws -> (vocabulary: Vocabulary, training: RunningText, heldOut: RunningText?) {
        if data.tokens == .bytes {
            let parts = try readBytes(data.train, data).divided(data, heldOut, isHeldOut)
            return (try byteVocabulary(), parts.0, parts.1)
        }
        var table = Vocabulary.tableForCounting()
        let all = try read(data.train, data) { Int32(truncatingIfNeeded: table.intern($0)) }
        var (training, rest) = try all.divided(data, heldOut, isHeldOut)
        var counts = [Int](repeating: 0, count: table.count)
        for token in training.tokens { counts[Int(token)] += 1 }
        let (vocabulary, numbers) = try Vocabulary.choose(
            from: table, counts: counts, limits: data.vocabulary, subject: data.train)
        training.renumber(numbers)
        rest?.renumber(numbers)
        return (vocabulary, training, rest)
    }

    /// Reads a text with a vocabulary that is settled.
    public static func read(_ path: String, _ data: DataConfiguration, vocabulary: Vocabulary) throws -> RunningText {
        if data.tokens == .bytes { return try readBytes(path, data) }
        return try read(path, data) { vocabulary.number(of: $0) }
    }

    /// The tokens of a text given by hand, without a line end behind it.
    ///
    /// - Throws: `Diagnostic` (usage) naming tokens that are not in the vocabulary.
    public static func encode(
        _ text: String, _ data: DataConfiguration, vocabulary: Vocabulary, subject: String
    ) throws -> [Int32] {
        if data.tokens == .bytes { return text.utf8.map { Int32($0) + firstByte } }
        var tokenizer = Tokenizer(data), buffer = TokenBuffer()
        var numbers: [Int32] = [], unknown = UnknownTokens(data.tokens == .words ? "words" : "characters")
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            if index > 0 { numbers.append(vocabulary.number(of: lineEnd)) }
            tokenizer.tokenize(Array(line.utf8).span, into: &buffer)
            let line = buffer.numbers(in: vocabulary)
            unknown.add(line, spelled: buffer.texts)
            numbers += line
        }
        try unknown.requireNone(subject)
        return numbers
    }

    /// Bytes follow padding and unknown.
    private static let firstByte: Int32 = 2

    /// The byte behind a token of a model of bytes; nil: padding or unknown.
    public static func byte(of token: Int32) -> UInt8? { UInt8(exactly: token - firstByte) }

    private static func byteVocabulary() throws -> Vocabulary {
        let digits = Array("0123456789ABCDEF")
        return try Vocabulary(strings: ["", "[UNK]"] + (0..<256).map { "\(digits[$0 >> 4])\(digits[$0 & 15])" })
    }

    private static func read(_ path: String, _ data: DataConfiguration, number: (Span<UInt8>) -> Int32) throws
        -> RunningText
    {
        var text = RunningText()
        var tokenizer = Tokenizer(data), buffer = TokenBuffer()
        let lineEnd = Array(Self.lineEnd.utf8)
        let maxLength = data.lines ? data.maxLength ?? .max : .max
        func append(_ line: Span<UInt8>) {
            tokenizer.tokenize(line, into: &buffer)
            if data.lines && buffer.count == 0 { return }
            if buffer.count > maxLength { text.cutLines += 1 }
            for index in 0..<min(buffer.count, maxLength) {
                text.tokens.append(number(buffer.bytes.span.extracting(buffer.range(of: index))))
            }
            text.tokens.append(number(lineEnd.span))
            text.lineBounds.append(text.tokens.count)
        }
        if path.hasPrefix("builtin:") {
            _ = try LabelledSections(builtin: path).forEach { _, line, _ in append(line) }
        } else {
            var file = try TextFile(path: path)
            while let line = try file.nextTextLine() { append(file.bytes.span.extracting(line)) }
        }
        guard text.tokens.count > 1 else {
            throw Diagnostic(path, "no text was found", expected: "at least two tokens")
        }
        return text
    }

    private static func readBytes(_ path: String, _ data: DataConfiguration) throws -> RunningText {
        var text = RunningText()
        var file = try TextFile(path: path)
        while let line = try file.nextLine() {
            for byte in file.bytes[line] { text.tokens.append(Int32(byte) + firstByte) }
            text.tokens.append(Int32(UInt8(ascii: "\n")) + firstByte)
            text.lineBounds.append(text.tokens.count)
        }
        return text
    }

    private func divided(
        _ data: DataConfiguration, _ share: Double, _ isHeldOut: (_ line: Int) -> Bool
    ) throws -> (training: RunningText, heldOut: RunningText?) {
        guard data.lines else { return try split(share, subject: data.train) }
        let held = (0..<lines).map(isHeldOut)
        guard held.contains(false) else {
            throw Diagnostic(
                "data.validation_fraction", "all \(lines) lines are held out", expected: "some to train on")
        }
        return held.contains(true) ? (selecting { !held[$0] }, selecting { held[$0] }) : (self, nil)
    }

    private func selecting(_ isIncluded: (_ line: Int) -> Bool) -> RunningText {
        var selected = RunningText()
        selected.cutLines = cutLines
        for line in 0..<lines where isIncluded(line) {
            selected.tokens += tokens[lineBounds[line]..<lineBounds[line + 1]]
            selected.lineBounds.append(selected.tokens.count)
        }
        return selected
    }

    private func split(_ share: Double, subject: String) throws -> (RunningText, RunningText?) {
        guard share > 0 else { return (self, nil) }
        var training = RunningText(), tail = RunningText()
        let cut = Int(Double(tokens.count) * (1 - share))
        guard cut > 1, tokens.count - cut > 1 else {
            throw Diagnostic(
                "data.validation_fraction",
                "\(share) of \(subject) leaves \(cut) tokens to train on and \(tokens.count - cut) to validate on",
                expected: "at least two of each", category: .usage)
        }
        training.tokens = Array(tokens[..<cut])
        tail.tokens = Array(tokens[cut...])
        training.lineBounds = lineBounds.filter { $0 < cut } + [cut]
        tail.lineBounds = [0] + lineBounds.filter { $0 > cut }.map { $0 - cut }
        return (training, tail)
    }

    private mutating func renumber(_ numbers: [Int32]) {
        for index in tokens.indices { tokens[index] = numbers[Int(tokens[index])] }
    }

    /// Hands out the bytes that tell this text from others.
    public func withFingerprintBytes(_ body: (UnsafeRawBufferPointer) -> Void) {
        lineBounds.withUnsafeBytes(body)
        tokens.withUnsafeBytes(body)
    }
}
