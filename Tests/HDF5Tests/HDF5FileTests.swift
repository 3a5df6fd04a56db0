import Diagnostics
import HDF5
import XCTest

final class HDF5FileTests: XCTestCase {
    private func reopened(_ file: HDF5File, _ subject: String = "model.h5") throws -> HDF5File {
        try HDF5File(image: file.image(), subject: subject)
    }

    private func sample() throws -> HDF5File {
        let file = try HDF5File.inMemory("new.h5")
        try file.write([Float](repeating: 1.5, count: 2048), to: "output/weight", shape: [512, 4])
        try file.write(["", "é", "e\u{301}", "\u{0}", "a\u{0}b", "日本", "🙂"], to: "vocabulary")
        try file.write("seed: 1\n", to: "configuration")
        try file.setAttribute("gates", of: "output/weight", to: "i, f, g, o")
        return file
    }

    func testNumbersComeBackToTheBit() throws {
        let file = try HDF5File.inMemory("new.h5")
        let floats: [Float] = [0, -0.0, .nan, .infinity, .leastNonzeroMagnitude, 0.1]
        let doubles: [Double] = [0, -0.0, .nan, -.infinity, .leastNonzeroMagnitude, 0.1]
        try file.write(floats, to: "a/b/floats", shape: [2, 3])
        try file.write(doubles, to: "a/b/doubles", shape: [3, 2])
        try file.write([Int32.min, 0, .max], to: "a/int32")
        try file.write([Int64.min, 0, .max], to: "a/int64")
        try file.write([UInt64.min, .max], to: "uint64")
        try file.write([Float](), to: "nothing", shape: [0, 128])
        try file.write([Int64(7)], to: "step", shape: [])
        let copy = try reopened(file)
        try file.close()
        XCTAssertEqual(try copy.read("a/b/floats", shape: [2, 3]).map(\Float.bitPattern), floats.map(\.bitPattern))
        XCTAssertEqual(try copy.read("a/b/doubles", shape: [3, 2]).map(\Double.bitPattern), doubles.map(\.bitPattern))
        XCTAssertEqual(try copy.read("a/int32"), [Int32.min, 0, .max])
        XCTAssertEqual(try copy.read("a/int64"), [Int64.min, 0, .max])
        XCTAssertEqual(try copy.read("uint64"), [UInt64.min, .max])
        XCTAssertEqual(try copy.shape(of: "nothing"), [0, 128])
        XCTAssertEqual(try copy.read("nothing", as: Float.self), [])
        XCTAssertEqual(try copy.read("step", as: Int64.self, shape: []), [7])
        XCTAssertEqual(try copy.numberKind(of: "a/int32"), .int32)
        try copy.close()
        try copy.close()
    }

    func testTextsComeBackByteForByte() throws {
        let copy = try reopened(sample())
        let texts = ["", "é", "e\u{301}", "\u{0}", "a\u{0}b", "日本", "🙂"]
        XCTAssertEqual(try copy.texts("vocabulary").map { Array($0.utf8) }, texts.map { Array($0.utf8) })
        XCTAssertEqual(try copy.text("configuration"), "seed: 1\n")
        let empty = try HDF5File.inMemory("new.h5")
        try empty.write([String](), to: "none")
        try empty.write("", to: "empty")
        XCTAssertEqual(try reopened(empty).texts("none"), [])
        XCTAssertEqual(try reopened(empty).text("empty"), "")
    }

    func testAttributesComeBack() throws {
        let file = try sample()
        try file.setAttribute("step", of: "", to: Int.max)
        try file.setAttribute("shape", of: "output", to: [512, -4])
        try file.setAttribute("rate", of: "output", to: 0.1)
        try file.setAttribute("labels", of: "output", to: ["α", "", "b"])
        try file.setAttribute("none", of: "output", to: [Double]())
        let copy = try reopened(file)
        XCTAssertEqual(try copy.attribute("gates", of: "output/weight"), "i, f, g, o")
        XCTAssertEqual(try copy.attribute("step", of: ""), Int.max)
        XCTAssertEqual(try copy.attribute("shape", of: "output"), [512, -4])
        XCTAssertEqual(try copy.attribute("rate", of: "output"), 0.1)
        XCTAssertEqual(try copy.attribute("labels", of: "output"), ["α", "", "b"])
        XCTAssertEqual(try copy.attribute("none", of: "output", as: [Double].self), [])
        XCTAssertTrue(try copy.hasAttribute("rate", of: "output"))
        XCTAssertFalse(try copy.hasAttribute("rate", of: ""))
    }

    func testItemsAreListedInByteOrder() throws {
        let file = try HDF5File.inMemory("new.h5")
        for name in ["b", "a", "é", "z", "B", "10", "9"] { try file.write([Float(1)], to: "layers/\(name)/weight") }
        try file.makeGroup("empty")
        let copy = try reopened(file)
        XCTAssertEqual(try copy.children(of: "layers"), ["10", "9", "B", "a", "b", "z", "é"])
        XCTAssertEqual(try copy.children(), ["empty", "layers"])
        XCTAssertEqual(try copy.children(of: "empty"), [])
        XCTAssertEqual(try copy.kind(of: "layers/é"), .group)
        XCTAssertEqual(try copy.kind(of: "/layers/é/weight/"), .dataset)
        XCTAssertNil(try copy.kind(of: "layers/x/weight"))
        XCTAssertNil(try copy.kind(of: "layers/é/weight/more"))
        XCTAssertTrue(try copy.exists(""))
    }

    func testTheSameContentGivesTheSameBytes() throws {
        func build() throws -> [UInt8] {
            let file = try sample()
            for index in 0..<40 {
                try file.write([Double](repeating: Double(index), count: index), to: "many/\(index)/x")
                try file.setAttribute("a\(index)", of: "many", to: "value \(index)")
            }
            let image = try file.image()
            return image.array
        }
        let first = try build()
        // Object times, if they were kept, are in whole seconds: build on until one has passed.
        let start = time(nil)
        repeat { XCTAssertTrue(try build() == first) } while time(nil) == start
        XCTAssertTrue(try build() == first)
    }

    func testWrongShapesTypesAndNamesAreToldApart() throws {
        let file = try reopened(sample())
        XCTAssertEqual(
            message { _ = try file.read("output/weight", as: Float.self, shape: [768, 4]) },
            "model.h5: dataset 'output/weight' has shape [512, 4], expected [768, 4]; was it saved with another size?")
        XCTAssertEqual(
            message { _ = try file.read("output/weight", as: Double.self, shape: [512, 4]) },
            "model.h5: dataset 'output/weight' holds 32-bit floats, expected 64-bit floats")
        XCTAssertEqual(
            message { _ = try file.read("vocabulary", as: Int32.self) },
            "model.h5: dataset 'vocabulary' holds no numbers of a known type, expected 32-bit integers")
        XCTAssertEqual(
            message { _ = try file.read("output/bias", as: Float.self) }, "model.h5: dataset 'output/bias' is missing")
        XCTAssertEqual(
            message { _ = try file.read("output", as: Float.self) }, "model.h5: 'output' is a group, expected a dataset"
        )
        XCTAssertEqual(message { _ = try file.children(of: "layers") }, "model.h5: group 'layers' is missing")
        XCTAssertEqual(
            message { _ = try file.texts("output/weight") },
            "model.h5: dataset 'output/weight' is not a list of texts; was it written by another program?")
        XCTAssertEqual(
            message { _ = try file.text("vocabulary") },
            "model.h5: dataset 'vocabulary' is not a text; was it written by another program?")
        XCTAssertEqual(
            message { _ = try file.attribute("gates", of: "output/weight", as: [Int].self) },
            "model.h5: attribute 'gates' of 'output/weight' is a text, expected a list of integers")
        XCTAssertEqual(
            message { _ = try file.attribute("order", of: "output/weight", as: String.self) },
            "model.h5: attribute 'order' of 'output/weight' is missing")
        XCTAssertEqual(
            message { try file.setAttribute("order", of: "output/bias", to: 1) }, "model.h5: 'output/bias' is missing")
        let new = try sample()
        XCTAssertEqual(
            message { try new.write([Float(1)], to: "output/weight") },
            "new.h5: dataset 'output/weight' exists already, expected a new name")
    }

    func testBytesOfAnotherKindAreRefused() {
        XCTAssertEqual(
            message { _ = try HDF5File(image: Array("this is no HDF5 file".utf8), subject: "x.h5") },
            "x.h5: is not an HDF5 file")
    }

    func testFailuresInsideTheLibraryTellItsReasons() throws {
        // What follows "(" are the library's own words, which change with its version.
        let file = try reopened(sample())
        let text = message { try file.write([Float(1)], to: "more") }
        XCTAssertTrue(text.hasPrefix("model.h5: HDF5 could not create dataset 'more' ("), text)
        XCTAssertTrue(text.contains("no write intent on file"), text)
    }

    func testAnAttributeTooLongForTheFileIsRefused() throws {
        let file = try sample()
        let text = message { try file.setAttribute("long", of: "output", to: [Int](repeating: 1, count: 10_000)) }
        XCTAssertTrue(text.hasPrefix("new.h5: HDF5 could not create attribute 'long' of 'output' ("), text)
        XCTAssertEqual(try reopened(file).text("configuration"), "seed: 1\n")
    }

    func testFilesOpenAtTheSameTimeUnderOneNameStayApart() throws {
        let files = try (0..<3).map { number in
            let file = try HDF5File.inMemory("same.h5")
            try file.write([Int64(number)], to: "number")
            return file
        }
        let copies = try files.map { try reopened($0, "same.h5") }
        XCTAssertEqual(try copies.map { try $0.read("number", as: Int64.self) }, [[0], [1], [2]])
        XCTAssertEqual(try files.map { try $0.read("number", as: Int64.self) }, [[0], [1], [2]])
    }

    func testAnOpenedFileDoesNotChangeItsBytes() throws {
        let image = try sample().image().array
        let file = try HDF5File(image: image, subject: "model.h5")
        _ = try file.read("output/weight", as: Float.self)
        let again = try HDF5File(image: image, subject: "model.h5")
        try file.close()
        XCTAssertEqual(try again.read("output/weight", as: Float.self)[2047], 1.5)
    }
}
