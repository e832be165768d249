import ArgumentParser
import CloroContract
import JSON
import Platform

/// A double that runs in another process, as commands call it.
struct RunningDouble {
  let address: WebAddress
  /// The address as it is shown, without a slash at its end.
  let text: String
  let token: String?
  /// How long it may be silent, in seconds.
  let patience: Double

  /// Why a call failed, in words for a person.
  struct Failure: Error {
    let reason: String
  }
}

extension RunningDouble {
  /// The double that is meant by the options of a command and the environment.
  ///
  /// - Parameters:
  ///   - url: As `--url` gives it; nil for this machine and `CLORO_MOCK_PORT`, `PORT` or 8080.
  ///   - token: As `--admin-token` gives it; nil for `CLORO_MOCK_ADMIN_TOKEN`.
  /// - Throws: A usage error when the address can't be used.
  init(
    _ url: String?, token: String?, in environment: [String: String], patience: Double
  ) throws {
    let port = environment["CLORO_MOCK_PORT"] ?? environment["PORT"] ?? "8080"
    var text = url ?? "http://127.0.0.1:\(port)"
    guard let address = WebAddress(text), !address.isSecure else {
      throw ServeSettings.usage("--url", text, "http://HOST:PORT")
    }
    while text.hasSuffix("/") { text.removeLast() }
    let given = token ?? environment["CLORO_MOCK_ADMIN_TOKEN"]
    self.init(
      address: address, text: text, token: given.flatMap { $0.isEmpty ? nil : $0 },
      patience: patience)
  }

  /// The body of a control call's answer.
  ///
  /// - Parameters:
  ///   - path: Below `/_mock/`, with its query.
  ///   - body: JSON; nil, the default, sends none.
  /// - Throws: ``Failure`` for every answer but 200 and 201, with its message.
  func ask(_ method: String, _ path: String, _ body: [UInt8]? = nil) throws(Failure) -> String {
    let answer: [UInt8]
    do throws(SystemError) {
      answer = try System.exchange(
        request(method, path, body), host: address.host, port: address.port, silentFor: patience)
    } catch {
      throw Failure(reason: "\(text): \(error.reason)")
    }
    let whole = String(decoding: answer, as: UTF8.self)
    let words = whole.split(separator: " ", maxSplits: 2)
    guard words.count == 3, words[0].hasPrefix("HTTP/"),
      let end = whole.firstRange(of: "\r\n\r\n")
    else { throw Failure(reason: "\(text): the answer is not HTTP") }
    let content = String(whole[end.upperBound...])
    guard words[1] == "200" || words[1] == "201" else {
      if words[1] == "401" {
        throw Failure(
          reason: "\(text) answers 401: CLORO_MOCK_ADMIN_TOKEN must be its admin token")
      }
      let message = (try? JSON(parsing: Array(content.utf8)))?["error"]?["message"]?.string
      let said = message.map { ": \(ShownText.message($0))" } ?? ""
      throw Failure(reason: "\(text) answers \(words[1])\(said)")
    }
    return content
  }

  private func request(_ method: String, _ path: String, _ body: [UInt8]?) -> [UInt8] {
    let folder = address.path.hasSuffix("/") ? String(address.path.dropLast()) : address.path
    var lines = [
      "\(method) \(folder)/_mock/\(path) HTTP/1.1", "Host: \(address.hostAndPort)",
    ]
    if let token { lines.append("Authorization: Bearer \(token)") }
    if let body {
      lines += ["Content-Type: application/json", "Content-Length: \(body.count)"]
    }
    let head = (lines + ["Connection: close", "", ""]).joined(separator: "\r\n")
    return Array(head.utf8) + (body ?? [])
  }
}
