/// Where a run is, as far as a progress line tells it.
public struct ProgressState: Sendable {
    /// From 1.
    public var epoch: Int
    public var epochs: Int
    /// Steps done in this epoch.
    public var step: Int
    /// Steps of this epoch.
    public var steps: Int
    public var tokensPerSecond: Double?
    /// Nats per target, smoothed as the caller likes.
    public var loss: Double?
    /// Until the end of the run.
    public var secondsLeft: Double?

    public init(
        epoch: Int, epochs: Int, step: Int, steps: Int, tokensPerSecond: Double? = nil, loss: Double? = nil,
        secondsLeft: Double? = nil
    ) {
        self.epoch = epoch
        self.epochs = epochs
        self.step = step
        self.steps = steps
        self.tokensPerSecond = tokensPerSecond
        self.loss = loss
        self.secondsLeft = secondsLeft
    }

    /// One line of text: `epoch 2/10  ━━━━────  128/512  12.3k tokens/s  loss 1.234  3 min 05 s left`.
    ///
    /// - Parameter columns: Longest line; the bar gives way first, then the line's end. nil: no bar, any length.
    func text(columns: Int?) -> String {
        let epochText = TerminalText.padded(String(epoch), columns: "\(epochs)".utf8.count, alignment: .right)
        let stepText = TerminalText.padded(String(step), columns: "\(steps)".utf8.count, alignment: .right)
        let head = "epoch \(epochText)/\(epochs)"
        var tail = "\(columns == nil ? "step " : "")\(stepText)/\(steps)"
        if let tokensPerSecond { tail += "  " + Quantity.rate(tokensPerSecond, of: "tokens") }
        if let loss { tail += "  loss " + Quantity.significant(loss) }
        // Whole seconds: an estimate is no better than that.
        if let secondsLeft { tail += "  " + Self.wholeSeconds(secondsLeft) + " left" }
        guard let columns else { return head + "  " + tail }

        let room = columns - head.utf8.count - TerminalWidth.columns(of: tail) - 4
        var line = head + "  "
        if room >= Self.shortestBar {
            line += Self.bar(done: step, of: steps, columns: min(room, Self.longestBar)) + "  "
        }
        return TerminalText.truncated(line + tail, columns: columns)
    }

    private static func wholeSeconds(_ seconds: Double) -> String {
        seconds >= 0 && seconds < 59.5 ? "\(Int(seconds.rounded())) s" : Quantity.duration(seconds)
    }

    private static let shortestBar = 5
    private static let longestBar = 30

    /// Heavy and light lines instead of blocks: both are in every terminal font and one column wide.
    private static func bar(done: Int, of all: Int, columns: Int) -> String {
        // Rounded down: a full bar means done.
        let filled = all > 0 ? max(0, min(columns, columns * done / all)) : 0
        return String(repeating: "━", count: filled) + String(repeating: "─", count: columns - filled)
    }
}
