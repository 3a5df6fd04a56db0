import Foundation
import Reporting

/// Whether checkpoints find room on a disk.
package enum DiskRoom {
    /// - Parameters:
    ///   - folder: Of the checkpoints; it need not be there yet.
    ///   - checkpoint: Bytes of one.
    ///   - count: As many are there at the same time.
    package static func finding(_ folder: String, checkpoint: Int, count: Int) -> Finding {
        let place = nearest(folder)
        var disk = statvfs()
        let needs = "\(count) checkpoints of \(Quantity.bytes(checkpoint))"
        guard statvfs(place, &disk) == 0 else {
            return .slow(
                "disk", "\(needs); the room in \(place) is not known: \(String(cString: strerror(errno)))",
                advice: "see that there is enough")
        }
        let free = Int(clamping: UInt64(disk.f_bavail) &* UInt64(disk.f_frsize))
        let fact = "\(needs); \(Quantity.bytes(free)) free in \(place)"
        return free >= checkpoint * count
            ? .good("disk", fact)
            : .broken("disk", fact, advice: "choose another --output, or lower checkpoint.keep")
    }

    /// The folder, or the nearest above it that is there.
    private static func nearest(_ folder: String) -> String {
        var place = URL(fileURLWithPath: folder)
        while !FileManager.default.fileExists(atPath: place.path), place.path != "/" { place.deleteLastPathComponent() }
        return place.path
    }
}
