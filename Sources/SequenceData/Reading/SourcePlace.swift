/// Where in the data something stands, as it is named in messages: `train.csv:17`.
package struct SourcePlace: Equatable, Sendable, CustomStringConvertible {
    package var file: String
    /// Counted from 1; nil when the file as a whole is meant.
    package var line: Int?

    package init(file: String, line: Int?) {
        self.file = file
        self.line = line
    }

    package var description: String {
        if let line { "\(file):\(line)" } else { file }
    }
}
