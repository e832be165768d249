import HTTPServer
import JSON
import Logging
import Platform
import Simulation

/// Writes log lines to standard error, as text or as one JSON object a line.
public struct StandardErrorLog: LogHandler {
  /// The form of a line.
  public enum Format: String, Sendable, CaseIterable {
    /// A line that people read.
    case text
    /// One JSON object a line.
    case json
  }

  public var logLevel: Logger.Level
  public var metadata: Logger.Metadata = [:]
  private let format: Format
  private let isColoured: Bool

  /// Creates a handler.
  ///
  /// - Parameters:
  ///   - level: The least severe level that is written. The default is `info`.
  ///   - format: The default is `text`.
  ///   - isColoured: Whether text has colours, for a terminal. The default is false.
  public init(level: Logger.Level = .info, format: Format = .text, isColoured: Bool = false) {
    self.isColoured = isColoured
    logLevel = level
    self.format = format
  }

  public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  public func log(event: LogEvent) {
    let time = Timestamp(nanoseconds: System.wallNanoseconds()).text
    let all = metadata.merging(event.metadata ?? [:]) { $1 }.sorted { $0.key < $1.key }
    var line: String
    switch format {
    case .text:
      line = text(event, time, all)
    case .json:
      var object: JSONObject = [
        "time": .string(time), "level": .string("\(event.level)"),
        "message": .string("\(event.message)"),
      ]
      for (key, value) in all { object[key] = .string("\(value)") }
      line = String(decoding: JSON.object(object).encoded, as: UTF8.self)
    }
    System.writeText(line + "\n", to: 2)
  }

  private func text(
    _ event: LogEvent, _ time: String, _ metadata: [(key: String, value: Logger.Metadata.Value)]
  ) -> String {
    // The metadata of a request's line repeats its text, so it is left out.
    let isRequest = event.source == RequestLine.source
    var words = isRequest ? "\(event.message)" : "\(event.level) \(event.message)"
    if !isRequest { for (key, value) in metadata { words += " \(key)=\(value)" } }
    // No text sent by a client may end the line or control the terminal.
    words = String(
      String.UnicodeScalarView(words.unicodeScalars.map { ShownText.isHidden($0) ? " " : $0 }))
    guard isColoured else { return "\(time) \(words)" }
    let status = event.metadata?["status"].flatMap { Int("\($0)") }
    return "\u{1B}[2m\(time)\u{1B}[0m \(colour(event.level, status))\(words)\u{1B}[0m"
  }

  /// Green, yellow and red by status; yellow and red by level where there is none.
  private func colour(_ level: Logger.Level, _ status: Int?) -> String {
    let (green, yellow, red) = ("\u{1B}[32m", "\u{1B}[33m", "\u{1B}[31m")
    guard let status else { return level >= .error ? red : level == .warning ? yellow : "" }
    return status < 300 ? green : status < 500 ? yellow : red
  }
}
