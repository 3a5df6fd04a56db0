import HDF5
import TestSupport

extension TemporaryFolder {
    /// Writes an HDF5 file; returns its path.
    func write(_ name: String, _ fill: (HDF5File) throws -> Void) throws -> String {
        let file = try HDF5File.inMemory(name), path = "\(path)/\(name)"
        try fill(file)
        // The pointer does not keep the memory: without its owner a test now and then read what came after it.
        let image = try file.image()
        try AtomicFile.write(image.bytes, to: path)
        withExtendedLifetime(image) {}
        return path
    }
}
