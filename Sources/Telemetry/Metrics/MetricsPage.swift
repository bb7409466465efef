/// Gathers series and writes them in Prometheus' text format, version 0.0.4: one family after the
/// other, sorted by name, each with its `HELP` and `TYPE` once.
package struct MetricsPage {
    /// The kinds of families that Gatehouse has.
    package enum Kind: String, Sendable {
        case counter, gauge, histogram
    }

    private struct Family {
        let kind: Kind
        let help: String
        var lines: [String]
    }

    /// The media type of the page.
    package static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    private var families: [String: Family] = [:]

    package init() {}

    /// Adds one series of a counter.
    package mutating func counter(
        _ name: String, help: String, labels: MetricLabels = [:], value: UInt64
    ) {
        add(["\(name)\(labels.text()) \(value)"], to: name, .counter, help)
    }

    /// Adds one series of a gauge.
    package mutating func gauge(
        _ name: String, help: String, labels: MetricLabels = [:], value: Double
    ) {
        add(["\(name)\(labels.text()) \(Self.number(value))"], to: name, .gauge, help)
    }

    /// Adds one series of a histogram.
    ///
    /// - Parameters:
    ///   - bounds: upper bounds of the buckets, ascending, without infinity.
    ///   - counts: observations per bucket, not cumulative; one more than there are bounds.
    package mutating func histogram(
        _ name: String, help: String, labels: MetricLabels = [:], bounds: [Double],
        counts: [UInt64], sum: Double
    ) {
        var lines: [String] = []
        var total: UInt64 = 0
        for (index, count) in counts.enumerated() {
            total &+= count
            let bound = index < bounds.count ? Self.number(bounds[index]) : "+Inf"
            lines.append("\(name)_bucket\(labels.text(adding: ("le", bound))) \(total)")
        }
        lines.append("\(name)_sum\(labels.text()) \(Self.number(sum))")
        lines.append("\(name)_count\(labels.text()) \(total)")
        add(lines, to: name, .histogram, help)
    }

    /// The whole page.
    package func text() -> [UInt8] {
        var page: [UInt8] = []
        for (name, family) in families.sorted(by: { $0.key < $1.key }) {
            page.append(contentsOf: "# HELP \(name) \(Self.escape(family.help))\n".utf8)
            page.append(contentsOf: "# TYPE \(name) \(family.kind.rawValue)\n".utf8)
            for line in family.lines {
                page.append(contentsOf: line.utf8)
                page.append(UInt8(ascii: "\n"))
            }
        }
        return page
    }

    /// A family keeps the kind and the help of its first series.
    private mutating func add(_ lines: [String], to name: String, _ kind: Kind, _ help: String) {
        families[name, default: Family(kind: kind, help: help, lines: [])].lines += lines
    }

    private static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        if value == value.rounded(), abs(value) < 1e15 { return "\(Int64(value))" }
        return "\(value)"
    }

    private static func escape(_ help: String) -> String {
        var text = ""
        for scalar in help.unicodeScalars {
            switch scalar {
            case "\\": text += "\\\\"
            case "\n": text += "\\n"
            default: text.unicodeScalars.append(scalar)
            }
        }
        return text
    }
}
