/// Texts as token numbers, each with the numbers it belongs to.
public struct Captions: Sendable {
    /// Each ends with the boundary.
    public private(set) var texts = EncodedCorpus()
    /// `[text, width]`
    public private(set) var features: [Float] = []
    public let width: Int
    /// Texts longer than `data.max_length`: left out.
    public private(set) var skippedTexts = 0

    public var count: Int { texts.count }

    /// - Parameter maxLength: Tokens at most; nil: no limit.
    package init(_ captions: CaptionText, _ codec: SentenceCodec, maxLength: Int?) {
        width = captions.width
        var codec = codec
        captions.texts.forEach { number, line in
            let tokens = codec.encode(line)
            if let maxLength, tokens.count > maxLength {
                skippedTexts += 1
            } else {
                texts.append(tokens: tokens + [SentenceCodec.boundary])
                features += captions.features[number * width..<(number + 1) * width]
            }
        }
    }

    /// Hands out the bytes that tell these captions from others.
    public func withFingerprintBytes(_ body: (UnsafeRawBufferPointer) -> Void) {
        texts.withFingerprintBytes(body)
        features.withUnsafeBytes(body)
    }
}
