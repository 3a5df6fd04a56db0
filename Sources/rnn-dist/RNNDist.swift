import ArgumentParser

@main
struct RNNDist: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "rnn-dist")
}
