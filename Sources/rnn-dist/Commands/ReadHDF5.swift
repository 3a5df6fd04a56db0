import ArgumentParser
import HDF5

/// The process that reads HDF5 files of other programs for this one.
struct ReadHDF5: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "read-hdf5", abstract: "Read datasets for another process of the program.", shouldDisplay: false)

    @Argument(parsing: .captureForPassthrough)
    var words: [String] = []

    func run() throws { throw ExitCode(ForeignFileProcess.run(words)) }
}
