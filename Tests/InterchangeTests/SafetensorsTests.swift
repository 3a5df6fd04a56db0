import Diagnostics
import Interchange
import XCTest

final class SafetensorsTests: XCTestCase {
    private let tensors = [
        NamedTensor(name: "a", tensor: PortableTensor(shape: [2, 2], [1, -2, 0.5, .infinity])),
        NamedTensor(name: "b", tensor: PortableTensor(shape: [1], [3])),
    ]

    private func refusal(header: String, data: Int = 0, length: UInt64? = nil) -> String {
        let bytes = withUnsafeBytes(of: (length ?? UInt64(header.utf8.count)).littleEndian) { Array($0) }
            + Array(header.utf8) + [UInt8](repeating: 0, count: data)
        do { _ = try Safetensors.tensors(in: bytes, subject: "f") } catch { return "\(error)" }
        return "nothing"
    }

    func testWhatIsWrittenIsReadToTheBit() throws {
        let bytes = try Safetensors.bytes(of: tensors)
        XCTAssertEqual(try Safetensors.tensors(in: bytes, subject: "f"), tensors)
        XCTAssertEqual(bytes, try Safetensors.bytes(of: tensors))
    }

    func testTheBytesAreThoseOfTheFormat() throws {
        let bytes = try Safetensors.bytes(of: [NamedTensor(name: "w", tensor: PortableTensor(shape: [1], [1]))])
        let header =
            #"{"__metadata__":{"comment":"Written by rnn-dist (model).","format":"pt"},"w":{"data_offsets":[0,4],"dtype":"F32","shape":[1]}}"#
        let padded = header + String(repeating: " ", count: (8 - header.utf8.count % 8) % 8)
        XCTAssertEqual(bytes, [UInt8(padded.utf8.count), 0, 0, 0, 0, 0, 0, 0] + Array(padded.utf8) + [0, 0, 0x80, 0x3F])
    }

    /// The length of a header may begin with the bytes that a pickle (640) or an archive (0x4B50) begins with.
    func testNoLengthOfAHeaderMakesAFileAnotherKind() throws {
        var met: Set<UInt16> = []
        for length in stride(from: 1, to: 20_000, by: 8) {
            let tensors = [NamedTensor(name: String(repeating: "w", count: length), tensor: PortableTensor(shape: [1], [1]))]
            let bytes = try Safetensors.bytes(of: tensors)
            let begin = UInt16(bytes[0]) | UInt16(bytes[1]) << 8
            guard [640, 0x4B50].contains(begin) else { continue }
            met.insert(begin)
            XCTAssertEqual(try Safetensors.tensors(in: bytes, subject: "f"), tensors)
        }
        XCTAssertEqual(met, [640, 0x4B50])
    }

    func testPicklesAndArchivesAreToldWhatToDo() {
        for begin: [UInt8] in [[0x80, 2, 0x8A, 10, 0x6C, 0xFC, 0x9C, 0x46, 0xF9], [0x50, 0x4B, 3, 4, 0, 0, 8, 8, 0]] {
            XCTAssertThrowsError(try Safetensors.tensors(in: begin, subject: "f")) {
                XCTAssertEqual(
                    "\($0)",
                    "f: is a pickle of PyTorch, or another archive, expected a safetensors file; load it in PyTorch, and "
                        + "save its state_dict by safetensors.torch.save_file")
            }
        }
    }

    func testHeadersThatTheFileDoesNotBearOutAreRefused() {
        XCTAssertEqual(
            refusal(header: "{}", length: 1 << 62),
            "f: its header is said to have 4611686018427387904 bytes, of 2 that follow, expected a safetensors file")
        XCTAssertEqual(
            refusal(header: "{\"a\": 1}"),
            "f: its header is not a JSON object of tensors with dtype, shape and data_offsets, expected a safetensors "
                + "file")
        XCTAssertEqual(
            refusal(header: String(repeating: "[", count: 100_000)),
            "f: its header is not a JSON object of tensors with dtype, shape and data_offsets, expected a safetensors "
                + "file")
        func entry(_ type: String, _ shape: String, _ offsets: String) -> String {
            #"{"dtype":"\#(type)","shape":\#(shape),"data_offsets":\#(offsets)}"#
        }
        XCTAssertEqual(
            refusal(header: "{\"a\":\(entry("BF16", "[2]", "[0,4]"))}", data: 4),
            "f: tensor 'a' is of type BF16, expected F32; save it from model.float()")
        XCTAssertEqual(
            refusal(header: "{\"a\":\(entry("F32", "[2]", "[0,8]"))}", data: 4),
            "f: tensor 'a' of shape [2] is said to be at bytes [0, 8], expected 4 bytes a number, within the 4 there "
                + "are")
        for (shape, offsets) in [
            ("[4611686018427387904,8]", "[0,4]"), ("[-1]", "[0,-4]"), ("[1]", "[4,0]"), ("[1]", "[0]"),
            ("[1]", "[4,-9223372036854775808]"),
            ("[1]", "[-9223372036854775808,9223372036854775807]"),
            ("[1]", "[9223372036854775807,-9223372036854775808]"),
        ] {
            XCTAssertTrue(
                refusal(header: "{\"a\":\(entry("F32", shape, offsets))}", data: 4).contains("is said to be at bytes"),
                "\(shape) \(offsets)")
        }
        XCTAssertEqual(
            refusal(
                header: "{\"a\":\(entry("F32", "[2]", "[0,8]")),\"b\":\(entry("F32", "[1]", "[4,8]"))}", data: 8),
            "f: tensor 'b' begins at byte 4, expected 8; tensors follow each other without overlap or gap")
        XCTAssertEqual(
            refusal(header: "{\"a\":\(entry("F32", "[1]", "[0,4]"))}", data: 8),
            "f: its tensors take 4 bytes, expected the 8 there are")
    }

    func testAFileCutAnywhereIsRefused() throws {
        let bytes = try Safetensors.bytes(of: tensors)
        for count in bytes.indices {
            XCTAssertThrowsError(try Safetensors.tensors(in: Array(bytes[..<count]), subject: "f")) {
                XCTAssertTrue($0 is Diagnostic)
            }
        }
    }
}
