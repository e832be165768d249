import HTTPServer
import JSON
import Logging

/// Writes log lines to standard error, as text or as one JSON object a line.
public struct StandardErrorLog: LogHandler {
  /// The form of a line.
  public enum Format: String, Sendable, CaseIterable {
    case text
    case json
  }

  public var logLevel: Logger.Level
  public var metadata: Logger.Metadata = [:]
  private let format: Format

  /// Creates a handler.
  ///
  /// - Parameters:
  ///   - level: The least severe level that is written. The default is `info`.
  ///   - format: The default is `text`.
  public init(level: Logger.Level = .info, format: Format = .text) {
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
      line = "\(time) \(event.level) \(event.message)"
      for (key, value) in all { line += " \(key)=\(value)" }
      line = String(line.map { $0.isNewline ? " " : $0 })
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
}
