/// One or several series side by side, in the units of the file they come from.
public struct SeriesTable: Equatable, Sendable {
    /// File for messages.
    public let source: String
    /// Of each series: its column's title, or `column 2` in a file without header.
    public let names: [String]
    /// `[time, series]`.
    public let values: [Double]
    /// What the date column holds at each time; empty where there is none.
    public let dates: [String]
    /// The line of each time, for messages.
    let lines: [Int]

    /// Time steps.
    public var count: Int { lines.count }

    public subscript(time: Int, series: Int) -> Double { values[time * names.count + series] }

    /// The line behind a time step, as it is named in messages.
    func place(of time: Int) -> String { SourcePlace(file: source, line: lines[time]).description }
}
