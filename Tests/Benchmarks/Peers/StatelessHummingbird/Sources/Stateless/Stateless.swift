import Foundation
import HTTPTypes
import Hummingbird
import Logging

/// A Hummingbird app without any state: every question gets the same head and body.
///
/// Usage: `Stateless PORT HEAD BODY`, where HEAD is a file with a header field a line and BODY a
/// file with the bytes to answer.
@main
struct Stateless {
  static func main() async throws {
    let arguments = CommandLine.arguments
    guard arguments.count == 4, let port = Int(arguments[1]) else {
      fatalError("usage: Stateless PORT HEAD BODY")
    }
    let fields = try fields(inFile: arguments[2])
    let body = ByteBuffer(bytes: try Data(contentsOf: URL(fileURLWithPath: arguments[3])))

    let router = Router()
    router.post("/v1/monitor/chatgpt") { _, _ in
      Response(status: .ok, headers: fields, body: ResponseBody(byteBuffer: body))
    }
    var logger = Logger(label: "stateless")
    logger.logLevel = .error
    let application = Application(
      router: router,
      configuration: .init(address: .hostname("127.0.0.1", port: port)),
      logger: logger)
    try await application.runService()
  }

  private static func fields(inFile path: String) throws -> HTTPFields {
    var fields = HTTPFields()
    for line in try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n") {
      let parts = line.split(separator: ": ", maxSplits: 1)
      guard parts.count == 2, let name = HTTPField.Name(String(parts[0])) else { continue }
      fields.append(HTTPField(name: name, value: String(parts[1])))
    }
    return fields
  }
}
