import Foundation
import HTTPTypes
import Hummingbird
import Logging

/// A double of one endpoint as one writes it by hand, without any state: it decodes the question
/// and encodes the answer, by the framework's own coders.
///
/// Usage: `Stateless PORT HEAD BODY [bytes]`, where HEAD is a file with a header field a line and
/// BODY a file with the answer. With `bytes` it reads no question and sends BODY as it is.
@main
struct Stateless {
  static func main() async throws {
    let arguments = CommandLine.arguments
    guard arguments.count >= 4, let port = Int(arguments[1]) else {
      fatalError("usage: Stateless PORT HEAD BODY [bytes]")
    }
    let fields = try fields(inFile: arguments[2])
    let body = try Data(contentsOf: URL(fileURLWithPath: arguments[3]))

    let router = Router()
    if arguments.dropFirst(4).first == "bytes" {
      let bytes = ByteBuffer(bytes: body)
      router.post("/v1/monitor/chatgpt") { _, _ in
        Response(status: .ok, headers: fields, body: ResponseBody(byteBuffer: bytes))
      }
    } else {
      let answer = try JSONDecoder().decode(Answer.self, from: body)
      router.post("/v1/monitor/chatgpt") { request, context in
        _ = try await request.decode(as: Question.self, context: context)
        return EditedResponse(status: .ok, headers: fields, response: answer)
      }
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
