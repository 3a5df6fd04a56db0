/// A small value attached to a group or a dataset.
///
/// The types that can be attached are `String`, `[String]`, `Int`, `[Int]`, `Double` and `[Double]`.
public enum HDF5Attribute: Equatable, Sendable {
    case text(String)
    case texts([String])
    case integer(Int)
    case integers([Int])
    case double(Double)
    case doubles([Double])

    /// What it is, for messages.
    var name: String {
        switch self {
        case .text: "a text"
        case .texts: "a list of texts"
        case .integer: "an integer"
        case .integers: "a list of integers"
        case .double: "a floating-point number"
        case .doubles: "a list of floating-point numbers"
        }
    }
}

/// A type whose values can be attached to items of a file.
public protocol HDF5AttributeValue {
    /// The value as it is attached.
    var hdf5Attribute: HDF5Attribute { get }
    /// nil: the attribute is of another type.
    init?(_ attribute: HDF5Attribute)
    /// What it is, for messages.
    static var hdf5Name: String { get }
}

/// A type whose lists can be attached, too.
public protocol HDF5AttributeElement: HDF5AttributeValue {
    static func hdf5List(_ values: [Self]) -> HDF5Attribute
    static func hdf5Values(_ attribute: HDF5Attribute) -> [Self]?
    static var hdf5ListName: String { get }
}

extension String: HDF5AttributeElement {
    public var hdf5Attribute: HDF5Attribute { .text(self) }
    public init?(_ attribute: HDF5Attribute) {
        guard case .text(let value) = attribute else { return nil }
        self = value
    }
    public static var hdf5Name: String { HDF5Attribute.text("").name }
    public static func hdf5List(_ values: [String]) -> HDF5Attribute { .texts(values) }
    public static func hdf5Values(_ attribute: HDF5Attribute) -> [String]? {
        if case .texts(let values) = attribute { values } else { nil }
    }
    public static var hdf5ListName: String { HDF5Attribute.texts([]).name }
}

extension Int: HDF5AttributeElement {
    public var hdf5Attribute: HDF5Attribute { .integer(self) }
    public init?(_ attribute: HDF5Attribute) {
        guard case .integer(let value) = attribute else { return nil }
        self = value
    }
    public static var hdf5Name: String { HDF5Attribute.integer(0).name }
    public static func hdf5List(_ values: [Int]) -> HDF5Attribute { .integers(values) }
    public static func hdf5Values(_ attribute: HDF5Attribute) -> [Int]? {
        if case .integers(let values) = attribute { values } else { nil }
    }
    public static var hdf5ListName: String { HDF5Attribute.integers([]).name }
}

extension Double: HDF5AttributeElement {
    public var hdf5Attribute: HDF5Attribute { .double(self) }
    public init?(_ attribute: HDF5Attribute) {
        guard case .double(let value) = attribute else { return nil }
        self = value
    }
    public static var hdf5Name: String { HDF5Attribute.double(0).name }
    public static func hdf5List(_ values: [Double]) -> HDF5Attribute { .doubles(values) }
    public static func hdf5Values(_ attribute: HDF5Attribute) -> [Double]? {
        if case .doubles(let values) = attribute { values } else { nil }
    }
    public static var hdf5ListName: String { HDF5Attribute.doubles([]).name }
}

extension Array: HDF5AttributeValue where Element: HDF5AttributeElement {
    public var hdf5Attribute: HDF5Attribute { Element.hdf5List(self) }
    public init?(_ attribute: HDF5Attribute) {
        guard let values = Element.hdf5Values(attribute) else { return nil }
        self = values
    }
    public static var hdf5Name: String { Element.hdf5ListName }
}
