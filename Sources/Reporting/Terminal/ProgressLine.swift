/// The state of a run on one line that is rewritten in place, or, where output is no terminal,
/// on plain lines at a calm pace.
public struct ProgressLine {
    public enum Style: Sendable {
        /// One line, rewritten at most every `redrawSeconds`.
        case rewritten
        /// A line of its own once at least so many seconds and so many steps have passed since the last one.
        case plain(everySeconds: Double, everySteps: Int)
    }

    private let style: Style
    private let columns: () -> Int
    private let clock: () -> Double
    private let write: (String) -> Void

    private var lastTime: Double
    private var stepsSinceLast = 0
    private var lastPlace: (epoch: Int, step: Int)?
    private var isShown = false

    /// Faster than this no eye follows, and each rewriting costs a system call.
    private let redrawSeconds = 0.1

    /// - Parameters:
    ///   - columns: Width of the terminal, asked at each rewriting, since windows change.
    ///   - clock: Seconds that only grow.
    ///   - write: Receives what is to be shown, at once.
    public init(
        style: Style, columns: @escaping () -> Int = { 80 }, clock: @escaping () -> Double,
        write: @escaping (String) -> Void
    ) {
        self.style = style
        self.columns = columns
        self.clock = clock
        self.write = write
        // A rewritten line appears at once, plain lines wait for something to tell.
        if case .rewritten = style { lastTime = -.infinity } else { lastTime = clock() }
    }

    /// Shows `state`, if it is time to. The last step of an epoch is always shown on a terminal.
    public mutating func update(_ state: ProgressState) {
        countSteps(to: state)
        let now = clock()
        switch style {
        case .rewritten:
            guard now - lastTime >= redrawSeconds || state.step == state.steps else { return }
            // The last column stays free: some terminals go to the next line when it is written.
            write("\r" + state.text(columns: max(1, columns() - 1)) + Self.eraseToEnd)
            isShown = true
        case .plain(let everySeconds, let everySteps):
            guard now - lastTime >= everySeconds, stepsSinceLast >= everySteps else { return }
            write(state.text(columns: nil) + "\n")
        }
        lastTime = now
        stepsSinceLast = 0
    }

    /// Prints a line that stays, above the progress line; that one comes back with the next update.
    public mutating func print(_ line: String) {
        clear()
        write(line + "\n")
    }

    /// Takes the progress line away, at the end of a run or before others write.
    public mutating func clear() {
        guard isShown else { return }
        write("\r" + Self.eraseToEnd)
        isShown = false
        lastTime = -.infinity
    }

    private static let eraseToEnd = "\u{1B}[K"

    /// Counts over the epochs' edges, and begins anew when the caller went back.
    private mutating func countSteps(to state: ProgressState) {
        if let last = lastPlace, last.epoch == state.epoch, last.step <= state.step {
            stepsSinceLast += state.step - last.step
        } else {
            stepsSinceLast += state.step
        }
        lastPlace = (state.epoch, state.step)
    }
}
