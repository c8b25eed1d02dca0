import NacreExperiments
import Testing

@Suite struct SeriesTests {
    private func series(_ text: String, _ name: String = "train/loss", _ file: String = "loss.tsv") throws -> Series {
        try Series.read(Array(text.utf8), name: name, source: file)
    }

    @Test func readsDVCLivesLayout() throws {
        let read = try series("step\tloss\n0\t1.5\n1\tnan\n2\t0.5\n")
        #expect(read.points.map(\.step) == [0, 1, 2])
        #expect(read.points[2].value == 0.5)
        #expect(read.points[1].value.isNaN)
        #expect(try series("timestamp\tstep\tloss\n17\t3\t0.1\n").points == [.init(step: 3, value: 0.1)])
        #expect(try series("step,loss\n4,0.2\n", "loss", "loss.csv").points == [.init(step: 4, value: 0.2)])
    }

    @Test func leavesOutALineThatIsBeingWritten() throws {
        #expect(try series("step\tloss\n0\t1.5\n1\t0.").points.count == 1)
    }

    @Test func namesTheLineOfABrokenValue() {
        #expect(#expect(throws: ValueError.self) { try series("step\tloss\n0\tx\n") }?.line == 2)
        #expect(#expect(throws: ValueError.self) { try series("step\tloss\n0\t1\n1\n") }?.line == 3)
    }

    @Test func findsSeriesOfASource() throws {
        let source = MemorySource(files: [
            "dvclive/plots/metrics/train/loss.tsv": "step\tloss\n0\t1\n",
            "dvclive/plots/metrics/acc.tsv": "step\tacc\n0\t0.5\n",
        ])
        #expect(try Series.all(from: source).map(\.name) == ["acc", "train/loss"])
    }
}

@Suite struct TensorBoardTests {
    /// Two events as `tensorboardX` writes them: `loss` 0.5 at step 1 as simple_value, and 0.25 at step 2 as a float tensor.
    private static let messages: [[UInt8]] = [
        [0x09, 0, 0, 0, 0, 0, 0, 0, 0, 0x10, 1, 0x2a, 0x0d, 0x0a, 0x0b, 0x0a, 4] + Array("loss".utf8) + [
            0x15, 0, 0, 0, 0x3f,
        ],
        [0x10, 2, 0x2a, 0x12, 0x0a, 0x10, 0x0a, 4] + Array("loss".utf8) + [
            0x42, 0x08, 0x08, 1, 0x22, 4, 0, 0, 0x80, 0x3e,
        ],
    ]

    private func record(_ message: [UInt8]) -> [UInt8] {
        func littleEndian(_ value: UInt64, _ count: Int) -> [UInt8] {
            (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
        }
        let length = littleEndian(UInt64(message.count), 8)
        return length + littleEndian(UInt64(checksum(length)), 4) + message + littleEndian(UInt64(checksum(message)), 4)
    }

    private func checksum(_ bytes: [UInt8]) -> UInt32 {
        var value: UInt32 = .max
        for byte in bytes {
            value ^= UInt32(byte)
            for _ in 0..<8 { value = value & 1 == 0 ? value >> 1 : value >> 1 ^ 0x82f6_3b78 }
        }
        value = ~value
        return (value >> 15 | value << 17) &+ 0xa282_ead8
    }

    @Test func readsScalars() throws {
        let bytes = Self.messages.flatMap(record)
        let series = try TensorBoardReader.read(bytes, source: "events")
        #expect(series == [Series(name: "loss", points: [.init(step: 1, value: 0.5), .init(step: 2, value: 0.25)])])
    }

    @Test func acceptsAFileThatIsBeingWritten() throws {
        let bytes = Self.messages.flatMap(record)
        #expect(try TensorBoardReader.read(Array(bytes.dropLast(3)), source: "events").first?.points.count == 1)
    }

    @Test func findsDamage() {
        var bytes = Self.messages.flatMap(record)
        bytes[20] ^= 1
        #expect(throws: ValueError.self) { try TensorBoardReader.read(bytes, source: "events") }
    }

    @Test func neverTrapsOnDamage() {
        let bytes = Self.messages.flatMap(record)
        for position in bytes.indices {
            var damaged = bytes
            damaged[position] = damaged[position] &+ 0x7f
            _ = try? TensorBoardReader.read(damaged, source: "events")
            _ = try? TensorBoardReader.read(Array(bytes[..<position]), source: "events")
        }
    }
}

@Suite struct ChartTests {
    @Test func drawsASparkline() {
        #expect(UnicodeChart.sparkline([0, 1, 2, 3, 4, 5, 6, 7]) == "▁▂▃▄▅▆▇█")
        #expect(UnicodeChart.sparkline([1, .nan, 1]) == "▄ ▄")
        #expect(UnicodeChart.sparkline((0..<100).map(Double.init), width: 8).count == 8)
        #expect(UnicodeChart.sparkline([]) == "")
    }

    @Test func drawsInEveryForm() {
        let chart = Chart(
            title: "a<b",
            lines: [
                .init(name: "one", points: [.init(x: 0, y: 0), .init(x: 1, y: .infinity), .init(x: 2, y: 4)]),
                .init(name: "two", points: [.init(x: 1, y: 1)]),
            ])
        let text = UnicodeChart.draw(chart, width: 40, height: 5)
        #expect(text.contains("4 │") && text.contains("one"))
        let svg = SVGChart.draw(chart)
        #expect(svg.contains("a&lt;b") && svg.contains("<polyline") && svg.contains("<circle"))
        let page = PlotPage.html([chart], title: "</script>")
        #expect(page.contains("vega-lite/v5.json") && !page.contains("</script></h1>"))
        #expect(UnicodeChart.draw(Chart(title: "", lines: [])) == "(no values)\n")
    }

    @Test func loadsDeclaredPlots() throws {
        let source = MemorySource(files: [
            "dvc.yaml": "plots:\n- roc.csv: {x: fpr, y: tpr, title: ROC}\n", "roc.csv": "fpr,tpr\n0,0\n0.5,0.8\n1,1\n",
        ])
        let charts = try Chart.load([("HEAD", source)], pipeline: try PipelineReader.read(from: source))
        #expect(charts.map(\.title) == ["ROC"])
        #expect(charts[0].lines[0].points.map(\.y) == [0, 0.8, 1])
        #expect(charts[0].xLabel == "fpr")
    }
}
