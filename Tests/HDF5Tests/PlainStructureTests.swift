import Diagnostics
import HDF5
import XCTest

/// libhdf5 sees only structures that were found to be whole.
final class PlainStructureTests: XCTestCase {
    private func sample() throws -> [UInt8] {
        let file = try HDF5File.inMemory("new.h5")
        try file.write([Float](repeating: 1.5, count: 12), to: "weights/layers/0/weight", shape: [3, 4])
        try file.setAttribute("layout", of: "weights/layers/0/weight", to: "i, f, g, o")
        try file.setAttribute("counts", of: "weights", to: [1, 2, 3])
        try file.write(["", "one", "é"], to: "artifacts/vocabulary")
        try file.write("seed: 1\n", to: "configuration")
        try file.write([Int64](), to: "empty", shape: [0])
        let image = try file.image()
        return image.array
    }

    /// Reads whatever is there.
    private func readAll(_ image: [UInt8]) throws {
        let file = try HDF5File(image: image, subject: "model.h5")
        func read(_ group: String) throws {
            for name in try file.children(of: group) {
                let path = group.isEmpty ? name : "\(group)/\(name)"
                guard try file.kind(of: path) == .dataset else {
                    try read(path)
                    continue
                }
                switch try file.numberKind(of: path) {
                case .float32: _ = try file.read(path, as: Float.self)
                case .int64: _ = try file.read(path, as: Int64.self)
                case nil: _ = try file.shape(of: path).isEmpty ? [file.text(path)] : file.texts(path)
                default: break
                }
            }
        }
        try read("")
        if try file.exists("weights"), try file.hasAttribute("counts", of: "weights") {
            _ = try file.attribute("counts", of: "weights", as: [Int].self)
        }
        let weight = "weights/layers/0/weight"
        if try file.exists(weight), try file.hasAttribute("layout", of: weight) {
            _ = try file.attribute("layout", of: weight, as: String.self)
        }
    }

    func testAFileWithAnyByteChangedIsReadOrRefused() throws {
        let image = try sample()
        XCTAssertNoThrow(try readAll(image))
        var refused = 0
        for place in HDF5File.userBlockSize..<image.count {
            for change in [UInt8(1) << UInt8(place % 8), 0xFF] {
                var damaged = image
                damaged[place] ^= change
                do { try readAll(damaged) } catch {
                    XCTAssertTrue(error is Diagnostic, "byte \(place): \(error)")
                    refused += 1
                }
            }
        }
        XCTAssertGreaterThan(refused, 1000)
    }

    func testAFileCutAnywhereIsRefused() throws {
        let image = try sample()
        for count in stride(from: 0, to: image.count, by: 7) {
            let text = message { try readAll(Array(image[..<count])) }
            XCTAssertEqual(
                text.replacing(/[0-9]+$/, with: "N"),
                count < HDF5File.userBlockSize + 8
                    ? "model.h5: is not an HDF5 file"
                    : "model.h5: its HDF5 structure is damaged, or not that of rnn-dist: the superblock at byte N",
                "\(count) bytes")
        }
    }

    /// Sixteen bytes a reference, to one text of any length: a file would unpack to a multiple of itself.
    func testATextIsThereOnce() throws {
        let file = try HDF5File.inMemory("new.h5")
        try file.write([String(repeating: "a", count: 40), String(repeating: "b", count: 40)], to: "texts")
        let made = try file.image()
        var image = made.array
        let length: [UInt8] = [40, 0, 0, 0]
        let places = (0..<image.count - 32).filter {
            image[$0..<$0 + 4].elementsEqual(length) && image[$0 + 16..<$0 + 20].elementsEqual(length)
                && image[$0 + 4..<$0 + 12].elementsEqual(image[$0 + 20..<$0 + 28])
        }
        XCTAssertEqual(places.count, 1)
        XCTAssertNoThrow(try readAll(image))
        let place = try XCTUnwrap(places.first)
        image[place + 28] = image[place + 12]
        XCTAssertEqual(
            message { try readAll(image) },
            "model.h5: its HDF5 structure is damaged, or not that of rnn-dist: dataset 'texts' at byte "
                + "\(place + 16 - HDF5File.userBlockSize)")
    }
}
