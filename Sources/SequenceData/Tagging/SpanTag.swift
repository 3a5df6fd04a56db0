import Diagnostics

/// How tags mark the spans of a sentence.
public enum TagScheme: String, CaseIterable, Sendable {
    /// `I-x` inside a span; `B-x` only where a span follows another of the same type at once.
    case iob1
    /// `B-x` begins every span.
    case iob2
    /// `B-x`, `I-x`, `E-x` for spans of two and more tokens, `S-x` for one.
    case bioes
}

/// What a tag says of its token: its place in a span, and the span's type.
public struct SpanTag: Equatable, Sendable {
    public enum Place: UInt8, Sendable { case outside, begin, inside, end, single }

    public let place: Place
    /// Empty outside of spans.
    public let type: String

    public static let outside = SpanTag(place: .outside, type: "")

    public init(place: Place, type: String) {
        self.place = place
        self.type = type
    }

    /// - Parameter name: `O`, or `B-`, `I-`, `E-` or `S-` and a type; nil for anything else.
    public init?(_ name: String) {
        let bytes = Array(name.utf8)
        if bytes == [UInt8(ascii: "O")] {
            self = .outside
            return
        }
        guard bytes.count > 2, bytes[1] == UInt8(ascii: "-") else { return nil }
        switch bytes[0] {
        case UInt8(ascii: "B"): place = .begin
        case UInt8(ascii: "I"): place = .inside
        case UInt8(ascii: "E"): place = .end
        case UInt8(ascii: "S"): place = .single
        default: return nil
        }
        type = String(decoding: bytes[2...], as: UTF8.self)
    }

    fileprivate func hasType(of other: SpanTag) -> Bool { type.utf8.elementsEqual(other.type.utf8) }
}

extension TagScheme {
    /// The letters of the scheme, for messages.
    package var forms: String { self == .bioes ? "O, B-x, I-x, E-x or S-x" : "O, B-x or I-x" }

    /// Whether the scheme has such a place at all.
    package func has(_ place: SpanTag.Place) -> Bool { self == .bioes || place != .end && place != .single }

    /// Whether `next` may follow `previous`; a sentence is framed by `O`.
    package func allows(_ next: SpanTag, after previous: SpanTag) -> Bool {
        switch self {
        case .iob1:
            return next.place != .begin || previous.place != .outside && next.hasType(of: previous)
        case .iob2:
            return next.place != .inside || previous.place != .outside && next.hasType(of: previous)
        case .bioes:
            let isOpen = previous.place == .begin || previous.place == .inside
            let goesOn = next.place == .inside || next.place == .end
            return isOpen == goesOn && (!goesOn || next.hasType(of: previous))
        }
    }

    /// Checks the tags of a sentence.
    ///
    /// - Parameter place: File and line of a tag, counted from 0.
    /// - Throws: `Diagnostic` for the first tag that is none, or that does not fit the one before.
    package func check(_ tags: [String], at place: (Int) -> String) throws {
        var previous = SpanTag.outside
        for (number, name) in (tags + ["O"]).enumerated() {
            guard let tag = SpanTag(name), has(tag.place) else {
                throw Diagnostic(
                    place(number), "tag '\(name)' of token \(number + 1) is none of the scheme \(rawValue)",
                    expected: forms,
                    hint: "set tagging.scheme")
            }
            guard allows(tag, after: previous) else {
                let isAtEnd = number == tags.count
                let before = number == 0 ? "begins the sentence" : "follows '\(tags[number - 1])'"
                throw Diagnostic(
                    place(isAtEnd ? number - 1 : number),
                    isAtEnd
                        ? "tag '\(tags[number - 1])' of token \(number) ends the sentence"
                        : "tag '\(name)' of token \(number + 1) \(before)",
                    expected: expectation(after: previous), hint: "correct the tag, or set tagging.scheme")
            }
            previous = tag
        }
    }

    private func expectation(after previous: SpanTag) -> String {
        switch self {
        case .iob1: return "B-x only right behind a span of type x (scheme iob1)"
        case .iob2: return "I-x only behind B-x or I-x (scheme iob2)"
        case .bioes:
            let isOpen = previous.place == .begin || previous.place == .inside
            return isOpen
                ? "I-\(previous.type) or E-\(previous.type) (scheme bioes)" : "O, B-x or S-x (scheme bioes)"
        }
    }
}
