import Foundation

extension Tensorboard_Summary.Value {
    private init(_ tag: String, plugin: String, _ value: OneOf_Value) {
        self.init()
        self.tag = tag
        metadata.pluginData.pluginName = plugin
        self.value = value
    }

    static func scalar(_ tag: String, _ number: Double) -> Self {
        Self(tag, plugin: "scalars", .simpleValue(Float(number)))
    }

    static func histogram(_ tag: String, _ histogram: Tensorboard_HistogramProto) -> Self {
        Self(tag, plugin: "histograms", .histo(histogram))
    }

    /// TensorBoard reads Markdown, in which four blanks begin a line that is shown as it is.
    static func text(_ tag: String, _ text: String) -> Self {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map { "    \($0)\n" }
        var tensor = Tensorboard_TensorProto()
        tensor.dtype = .dtString
        tensor.tensorShape.dim = [.with { $0.size = 1 }]
        tensor.stringVal = [Data(lines.joined().utf8)]
        return Self(tag, plugin: "text", .tensor(tensor))
    }

    static func image(_ tag: String, _ image: ConfusionImage) -> Self {
        var picture = Tensorboard_Summary.Image()
        (picture.width, picture.height, picture.colorspace) = (Int32(image.side), Int32(image.side), 3)
        picture.encodedImageString = Data(image.png)
        return Self(tag, plugin: "images", .image(picture))
    }
}
