import ArgumentParser
import Foundation
import Reporting

struct Status: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show where a run is, and whether it goes on.",
        discussion: """
            rnn-dist status runs/surnames
            rnn-dist status runs/surnames --watch

            From the files of the run alone: on any machine that sees them, while the run goes on or afterwards.
            """)

    @Argument(help: "The folder of a run.", completion: .directory)
    var folder: String

    @Flag(help: "Show it anew every two seconds until the run has ended; where output is no terminal, once.")
    var watch = false

    @Flag(help: "One JSON object; with --watch one a line.")
    var json = false

    func run() throws {
        try runAlone {
            let isRepeated = watch && (json || Terminal.isInteractive(descriptor: 1))
            var shown = 0
            repeat {
                if shown > 0 { Thread.sleep(forTimeInterval: 2) }
                let status = try RunStatus(RunRecord(folder: folder), now: .now)
                let checkpoint = NewestCheckpoint(run: folder, now: .now)
                let columns = Terminal.columns(descriptor: 1)
                let text = json
                    ? status.json(checkpoint: checkpoint).text + "\n"
                    : status.text(columns: columns - 1, checkpoint: checkpoint)
                // To the first line of what stands there, and away with all below.
                let back = shown > 0 && !json ? "\u{1B}[\(shown)A\r\u{1B}[J" : ""
                Terminal.write(back + text, descriptor: 1)
                shown = text.utf8.reduce(0) { $0 + ($1 == UInt8(ascii: "\n") ? 1 : 0) }
                if status.isOver { break }
            } while isRepeated
        }
    }
}
