import HDF5

/// Numbers of invented pictures, and three captions of each.
extension SampleData {
    static let picturesConfiguration = """
        task: caption
        seed: 6
        data:
          train: pictures.h5
          validation_fraction: 0.1
          tokens: words
          datasets: {features: test/images, texts: captions, rows: picture}
        model:
          input: {embedding: 8}
          layers:
            - {cell: lstm, size: 12}
            - {cell: gru, size: 9}
          dropout: 0.1
        training:
          batch_size: 16
          epochs: 7
          optimizer: {name: adam, learning_rate: 0.01}
          clip_norm: 1
          log_every_steps: 1

        """
}

extension Workplace {
    /// Writes pictures and a configuration for them: `pictures.h5`, `pictures.yaml`.
    func writePictures(count: Int) throws {
        var random = SampleData.Random(state: 9)
        var features: [Float] = [], captions: [String] = [], pictures: [Int64] = []
        for picture in 0..<count {
            let row = (0..<5).map { _ in random.below(4) }
            features += row.map { Float($0) / 4 }
            for _ in 0..<3 {
                let first = random.below(3)
                captions.append(
                    (first..<first + 1 + random.below(5)).map { "thing\($0 % 5)x\(row[$0 % 5])" }.joined(separator: " ")
                )
                pictures.append(Int64(picture))
            }
        }
        let file = try HDF5File.inMemory("pictures.h5")
        try file.write(features, to: "test/images", shape: [count, 5])
        try file.write(captions, to: "captions")
        try file.write(pictures, to: "picture")
        let image = try file.image()
        try AtomicFile.write(image.bytes, to: "\(path)/pictures.h5")
        try write(SampleData.picturesConfiguration, to: "pictures.yaml")
    }
}
