import Foundation

/// Nodes and constants of an ONNX graph, added one by one; each value has a name by which later nodes read it.
struct ONNXGraph {
    private(set) var nodes: [Onnx_NodeProto] = []
    private(set) var initializers: [Onnx_TensorProto] = []
    private var counts: [String: Int] = [:]

    enum Attribute {
        case integer(Int)
        case integers([Int])
        case text(String)
        case texts([String])
    }

    /// Adds a node.
    ///
    /// - Parameters:
    ///   - inputs: Empty: one that is not given.
    ///   - outputs: Names of what is to be read; nil: the first output, under a name of its own.
    /// - Returns: The first name that is not empty.
    @discardableResult
    mutating func add(
        _ type: String, _ inputs: [String], _ attributes: [(String, Attribute)] = [], outputs: [String]? = nil
    ) -> String {
        var node = Onnx_NodeProto()
        node.opType = type
        node.name = unique(type.lowercased())
        node.input = inputs
        node.output = outputs ?? [node.name]
        node.attribute = attributes.map { name, value in
            var attribute = Onnx_AttributeProto()
            attribute.name = name
            switch value {
            case .integer(let value): (attribute.type, attribute.i) = (.int, Int64(value))
            case .integers(let values): (attribute.type, attribute.ints) = (.ints, values.map(Int64.init))
            case .text(let value): (attribute.type, attribute.s) = (.string, Data(value.utf8))
            case .texts(let values): (attribute.type, attribute.strings) = (.strings, values.map { Data($0.utf8) })
            }
            return attribute
        }
        nodes.append(node)
        return node.output.first { !$0.isEmpty } ?? node.name
    }

    /// Adds numbers that stand fast.
    mutating func constant(_ name: String, _ tensor: PortableTensor) -> String {
        constant(name, .float, tensor.shape, tensor.values.map { $0.bitPattern.littleEndian })
    }

    /// Adds whole numbers that stand fast.
    ///
    /// - Parameter isScalar: One number without an extent; else a list.
    mutating func constant(_ integers: [Int], isScalar: Bool = false) -> String {
        constant(
            unique("constant"), .int64, isScalar ? [] : [integers.count], integers.map { Int64($0).littleEndian })
    }

    private mutating func constant<Number: BitwiseCopyable>(
        _ name: String, _ type: Onnx_TensorProto.DataType, _ shape: [Int], _ numbers: [Number]
    ) -> String {
        var tensor = Onnx_TensorProto()
        tensor.name = name
        tensor.dims = shape.map(Int64.init)
        tensor.dataType = Int32(type.rawValue)
        tensor.rawData = numbers.withUnsafeBytes { Data($0) }
        initializers.append(tensor)
        return name
    }

    private mutating func unique(_ name: String) -> String {
        defer { counts[name, default: 0] += 1 }
        return "\(name)_\(counts[name, default: 0])"
    }
}
