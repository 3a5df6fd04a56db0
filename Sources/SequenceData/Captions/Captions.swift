/// Texts as token numbers, each with the numbers it belongs to.
public struct Captions: Sendable {
    /// Each ends with the boundary.
    public private(set) var texts = EncodedCorpus()
    /// What texts belong to.
    private let features: FeatureRows
    /// The row of each text.
    private var rows: [Int32] = []
    /// Texts longer than `data.max_length`: left out.
    public private(set) var skippedTexts = 0

    public var count: Int { texts.count }
    public var width: Int { features.width }

    /// The numbers that a text belongs to.
    public func features(of text: Int) -> [Float] { features[row: Int(rows[text])] }

    /// - Parameter maxLength: Tokens at most; nil: no limit.
    package init(_ captions: CaptionText, _ codec: SentenceCodec, maxLength: Int?) {
        features = captions.features
        var codec = codec
        captions.texts.forEach { number, line in
            let tokens = codec.encode(line)
            if let maxLength, tokens.count > maxLength {
                skippedTexts += 1
            } else {
                texts.append(tokens: tokens + [SentenceCodec.boundary])
                rows.append(captions.rows[number])
            }
        }
    }

    /// Hands out the bytes that tell these captions from others.
    public func withFingerprintBytes(_ body: (UnsafeRawBufferPointer) -> Void) {
        texts.withFingerprintBytes(body)
        for text in 0..<count { features(of: text).withUnsafeBytes(body) }
    }
}
