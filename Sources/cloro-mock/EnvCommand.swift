import ArgumentParser
import CloroContract
import HTTPServer
import JSON
import Platform

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// Prints the variables by which clients find a running double.
struct EnvCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "env",
    abstract: "Print the environment that leads clients to a running double.",
    discussion: """
      Prints lines for a shell: eval "$(cloro-mock env)". The key is the first that the double \
      has, the built-in one or that of its fixtures. Exits with 1 when no double answers.
      """)

  @Option(help: "The double's address. (default: this machine, CLORO_MOCK_PORT, PORT or 8080)")
  var url: String?

  /// How long the double may be silent, in seconds.
  private static let patience = 2.0

  func run() throws {
    let environment = ProcessInfo.processInfo.environment
    let port = environment["CLORO_MOCK_PORT"] ?? environment["PORT"] ?? "8080"
    var text = url ?? "http://127.0.0.1:\(port)"
    guard let address = WebAddress(text), !address.isSecure else {
      throw ServeSettings.usage("--url", text, "http://HOST:PORT")
    }
    while text.hasSuffix("/") { text.removeLast() }
    let key = try key(of: address, at: text, token: environment["CLORO_MOCK_ADMIN_TOKEN"])
    var lines = ""
    for variable in ClientVariables(url: text, key: key).all {
      // A text in single quotes is taken by a shell as it is, but for single quotes.
      let value = variable.value.replacing("'", with: #"'\''"#)
      lines += "export \(variable.name)='\(value)'\n"
    }
    try StandardOutput.write(lines)
  }

  private func key(of address: WebAddress, at text: String, token: String?) throws -> String {
    let answer: [UInt8]
    do throws(SystemError) {
      answer = try System.exchange(
        request(to: address, token: token), host: address.host, port: address.port,
        silentFor: Self.patience)
    } catch {
      throw failure("\(text): \(error.reason)")
    }
    let whole = String(decoding: answer, as: UTF8.self)
    let words = whole.split(separator: " ", maxSplits: 2)
    guard words.count == 3, words[0].hasPrefix("HTTP/"),
      let end = whole.firstRange(of: "\r\n\r\n")
    else { throw failure("\(text): the answer is not HTTP") }
    guard words[1] == "200" else {
      let hint = words[1] == "401" ? ": CLORO_MOCK_ADMIN_TOKEN must be its admin token" : ""
      throw failure("\(text) answers \(words[1])\(hint)")
    }
    guard let list = try? JSON(parsing: Array(whole[end.upperBound...].utf8)),
      let key = list["keys"]?.array?.first?["key"]?.string
    else { throw failure("\(text): no double answers there") }
    return key
  }

  private func request(to address: WebAddress, token: String?) -> [UInt8] {
    let folder = address.path.hasSuffix("/") ? String(address.path.dropLast()) : address.path
    var lines = ["GET \(folder)/_mock/keys HTTP/1.1", "Host: \(address.hostAndPort)"]
    if let token, !token.isEmpty { lines.append("Authorization: Bearer \(token)") }
    return Array((lines + ["Connection: close", "", ""]).joined(separator: "\r\n").utf8)
  }

  private func failure(_ reason: String) -> ExitCode {
    Message.write(reason)
    return .failure
  }
}
