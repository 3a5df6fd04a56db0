import ContentDigest
import Foundation
import HDF5
import XCTest

final class SealedFileTests: FolderTestCase {
    private func image() throws -> FileBytes {
        let file = try HDF5File.inMemory("new")
        try file.write([Float(1), 2, 3], to: "weights/bias")
        return try file.image()
    }

    /// Writes a sealed file and gives back its bytes.
    private func sealed(_ name: String = "step.h5") throws -> [UInt8] {
        try SealedFile.write(image(), to: path(name))
        return try contents(name)
    }

    private func readMessage(_ bytes: [UInt8]) throws -> String {
        try put(bytes, at: "found.h5")
        return message { _ = try SealedFile.read(path("found.h5")) }
            .replacing(folder + "/", with: "")
    }

    func testASealedFileReadsBack() throws {
        let digest = try SealedFile.write(image(), to: path("step.h5"))
        XCTAssertEqual(try SHA256Digest(of: Array(contents("step.h5")[512...])), digest)
        let file = try HDF5File(image: SealedFile.read(path("step.h5")), subject: "step.h5")
        XCTAssertEqual(try file.read("weights/bias"), [Float(1), 2, 3])
        XCTAssertEqual(try names(), ["step.h5"])
    }

    func testTheHeaderIsText() throws {
        let bytes = try sealed()
        let text = String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        let lines = text.split(separator: "\n")
        let length = String(bytes.count)
        XCTAssertEqual(lines[0], "rnn-dist checkpoint")
        XCTAssertEqual(lines[1], "format 1")
        XCTAssertEqual(String(lines[2]), "length " + String(repeating: "0", count: 16 - length.count) + length)
        XCTAssertEqual(String(lines[3]), "sha256 \(try SHA256Digest(of: Array(bytes[512...])))")
        XCTAssertEqual(String(lines[4]), "seal \(try SHA256Digest(of: lines[..<4].joined(separator: "\n") + "\n"))")
        XCTAssertEqual(bytes[511], UInt8(ascii: "\n"))
        XCTAssertEqual(Array(bytes[512..<520]), [0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A])
    }

    func testFilesOfOtherKindsAreToldApart() throws {
        let bytes = try sealed(), hint = "; rnn-dist import takes weights of PyTorch and Keras"
        XCTAssertEqual(
            message { _ = try SealedFile.read(path("none.h5")) },
            "\(folder)/none.h5: cannot be read: No such file or directory")
        XCTAssertEqual(
            message { _ = try SealedFile.read(folder) }, "\(folder): is not a file, expected a checkpoint file")
        XCTAssertEqual(try readMessage([]), "found.h5: is empty, expected a checkpoint; use an older checkpoint")
        XCTAssertEqual(
            try readMessage(Array(bytes[512...])),
            "found.h5: is not an rnn-dist checkpoint: it is an HDF5 file of another program\(hint)")
        XCTAssertEqual(
            try readMessage(Array("PK\u{3}\u{4}".utf8)),
            "found.h5: is not an rnn-dist checkpoint: it is a zip archive, such as PyTorch and Keras write\(hint)")
        XCTAssertEqual(
            try readMessage([16, 0, 0, 0, 0, 0, 0, 0] + Array("{\"w\": 1}".utf8)),
            "found.h5: is not an rnn-dist checkpoint: it is a safetensors file\(hint)")
        XCTAssertEqual(
            try readMessage(Array("task: classify\n".utf8)),
            "found.h5: is not an rnn-dist checkpoint: it is a file of another kind")
    }

    func testANewerVersionIsNamed() throws {
        try SealedFile.write(image(), to: path("step.h5"), formatVersion: 2)
        XCTAssertEqual(
            try readMessage(contents("step.h5")),
            "found.h5: has format version 2, expected at most 1; it was written by a newer rnn-dist: use that one")
    }

    func testEveryTruncationIsRefusedWithItsLengths() throws {
        let bytes = try sealed()
        for count in [1, 19, 20, 300, 511] {
            XCTAssertEqual(
                try readMessage(Array(bytes[..<count])),
                "found.h5: is truncated: it has \(count) bytes, expected more than 512; use an older checkpoint")
        }
        for count in [512, 513, 1000, bytes.count - 1] {
            XCTAssertEqual(
                try readMessage(Array(bytes[..<count])),
                "found.h5: is truncated: it has \(count) bytes, expected \(bytes.count); use an older checkpoint")
        }
        XCTAssertEqual(
            try readMessage(bytes + [0]),
            "found.h5: is damaged: it has \(bytes.count + 1) bytes, expected \(bytes.count); use an older checkpoint")
    }

    func testEveryFlippedBitOfTheHeaderIsRefused() throws {
        let bytes = try sealed()
        let file = open(path("step.h5"), O_RDWR)
        defer { close(file) }
        for position in 0..<512 {
            for bit in 0..<8 {
                var damaged = bytes[position] ^ 1 << bit
                XCTAssertEqual(pwrite(file, &damaged, 1, position), 1)
                XCTAssertEqual(
                    message { _ = try SealedFile.read(path("step.h5")) },
                    position < 20
                        ? "\(folder)/step.h5: is not an rnn-dist checkpoint: it is a file of another kind"
                        : "\(folder)/step.h5: is damaged: its first 512 bytes do not agree; use an older checkpoint",
                    "byte \(position), bit \(bit)")
            }
            var right = bytes[position]
            XCTAssertEqual(pwrite(file, &right, 1, position), 1)
        }
        XCTAssertNoThrow(try SealedFile.read(path("step.h5")).count)
    }

    func testAFlippedBitAnywhereInTheContentIsRefused() throws {
        let bytes = try sealed()
        let expected = try SHA256Digest(of: Array(bytes[512...]))
        for position in [512, 519, 520, 700, bytes.count / 2, bytes.count - 1] {
            var damaged = bytes
            damaged[position] ^= 0x10
            let found = try SHA256Digest(of: Array(damaged[512...]))
            XCTAssertEqual(
                try readMessage(damaged),
                "found.h5: is damaged: the SHA-256 of its content is \(found), expected \(expected); use an older checkpoint"
            )
        }
    }

    func testAFailedWriteLeavesTheOldCheckpoint() throws {
        let bytes = try sealed()
        XCTAssertEqual(
            message { try SealedFile.write(image(), to: path("none/step.h5")) },
            "\(folder)/none/step.h5: cannot be written: No such file or directory; create the folder first")
        XCTAssertEqual(try contents("step.h5"), bytes)
    }
}
