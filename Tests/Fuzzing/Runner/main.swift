import Foundation
import FuzzTargets

// libFuzzer with the target that the first argument names; the others are libFuzzer's own. `seeds TARGET FOLDER` writes
// good input, `targets` lists what there is.

@_silgen_name("LLVMFuzzerRunDriver")
func runDriver(
    _ count: UnsafeMutablePointer<Int32>, _ words: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>>,
    _ body: @convention(c) (UnsafePointer<UInt8>?, Int) -> Int32
) -> Int32

nonisolated(unsafe) var target: FuzzTarget?

var words = CommandLine.arguments
if words.dropFirst().first == "targets" {
    for target in FuzzTarget.all { print(target.name) }
    exit(0)
}
let wantsSeeds = words.dropFirst().first == "seeds"
if wantsSeeds { words.remove(at: 1) }
target = FuzzTarget.all.first { $0.name == words.dropFirst().first }
guard let target else {
    FileHandle.standardError.write(Data("no such target; 'targets' lists them\n".utf8))
    exit(64)
}
words.remove(at: 1)
if wantsSeeds {
    for (number, seed) in try target.seeds().enumerated() {
        try Data(seed).write(to: URL(fileURLWithPath: "\(words[1])/seed-\(number)"))
    }
    exit(0)
}
var count = Int32(words.count)
var pointers = words.map { strdup($0) } + [nil]
let status = pointers.withUnsafeMutableBufferPointer { buffer in
    guard var start = buffer.baseAddress else { return Int32(1) }
    return withUnsafeMutablePointer(to: &start) { start in
        runDriver(&count, start) { bytes, size in
            do { try target?.run(Array(UnsafeBufferPointer(start: bytes, count: size))) } catch {
                fatalError("an error that is no diagnostic: \(error)")
            }
            return 0
        }
    }
}
exit(status)
