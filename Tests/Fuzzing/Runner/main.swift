import Foundation
import FuzzTargets

// libFuzzer with the target that the first argument names; the others are libFuzzer's own. `seeds TARGET FOLDER` writes
// good input, `targets` lists what there is.

typealias Words = UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>

@_silgen_name("LLVMFuzzerRunDriver")
func runDriver(
    _ count: UnsafeMutablePointer<Int32>, _ words: UnsafeMutablePointer<Words>,
    _ body: @convention(c) (UnsafePointer<UInt8>?, Int) -> Int32
) -> Int32

/// What the driver's function, which captures nothing, is to call.
enum Chosen {
    nonisolated(unsafe) static var target: FuzzTarget?
}

func run(_ given: [String]) throws -> Int32 {
    var words = given
    if words.dropFirst().first == "targets" {
        for target in FuzzTarget.all { print(target.name) }
        return 0
    }
    let wantsSeeds = words.dropFirst().first == "seeds"
    if wantsSeeds { words.remove(at: 1) }
    guard let target = FuzzTarget.all.first(where: { $0.name == words.dropFirst().first }) else {
        FileHandle.standardError.write(Data("no such target; 'targets' lists them\n".utf8))
        return 64
    }
    words.remove(at: 1)
    if wantsSeeds {
        for (number, seed) in try target.seeds().enumerated() {
            try Data(seed).write(to: URL(fileURLWithPath: "\(words[1])/seed-\(number)"))
        }
        return 0
    }
    Chosen.target = target
    var count = Int32(words.count)
    var pointers = words.map { strdup($0) } + [nil]
    return pointers.withUnsafeMutableBufferPointer { buffer in
        guard var start = buffer.baseAddress else { return 1 }
        return runDriver(&count, &start) { bytes, size in
            do { try Chosen.target?.run(Array(UnsafeBufferPointer(start: bytes, count: size))) } catch {
                fatalError("an error that is no diagnostic: \(error)")
            }
            return 0
        }
    }
}

exit(try run(CommandLine.arguments))
