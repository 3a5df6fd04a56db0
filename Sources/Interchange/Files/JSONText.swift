import Foundation

/// JSON whose keys are in order, so that the same model gives the same file.
enum JSONText {
    static func bytes(_ object: Any, isPretty: Bool) throws -> [UInt8] {
        var options: JSONSerialization.WritingOptions = [.sortedKeys, .withoutEscapingSlashes]
        if isPretty { options.insert(.prettyPrinted) }
        return Array(try JSONSerialization.data(withJSONObject: object, options: options))
    }
}
