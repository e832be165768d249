import ArgumentParser
import CloroContract
import HTTPServer
import JSON
import Platform
import TLS

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

      With --https the variables lead programs that call https://api.cloro.dev there too. Its \
      authority's certificate, and a bundle of that and this machine's authorities, are written to \
      ~/.cache/cloro-mock, or below XDG_CACHE_HOME. Other hosts are reached only when the double \
      runs with --proxy tunnel.
      """)

  @Option(help: "The double's address. (default: this machine, CLORO_MOCK_PORT, PORT or 8080)")
  var url: String?

  @Flag(help: "Lead https://api.cloro.dev there as well.")
  var https = false

  /// How long the double may be silent, in seconds.
  private static let patience = 2.0

  func run() throws {
    let environment = ProcessInfo.processInfo.environment
    let double = try RunningDouble(
      url, token: nil, in: environment, patience: Self.patience)
    let (address, text, token) = (double.address, double.text, double.token)
    let key = try key(of: address, at: text, token: token)
    var variables = ClientVariables(url: text, key: key).all
    if https { variables += try proxyVariables(address, at: text, token, environment) }
    var lines = ""
    for variable in variables {
      // A text in single quotes is taken by a shell as it is, but for single quotes.
      let value = variable.value.replacing("'", with: #"'\''"#)
      lines += "export \(variable.name)='\(value)'\n"
    }
    try StandardOutput.write(lines)
  }

  private func key(of address: WebAddress, at text: String, token: String?) throws -> String {
    let body = try ask("keys", of: address, at: text, token)
    guard let list = try? JSON(parsing: Array(body.utf8)),
      let key = list["keys"]?.array?.first?["key"]?.string
    else { throw failure("\(text): no double answers there") }
    return key
  }

  /// Writes the files by which programs come to trust the double.
  private func proxyVariables(
    _ address: WebAddress, at text: String, _ token: String?, _ environment: [String: String]
  ) throws -> [(name: String, value: String)] {
    guard address.path.isEmpty || address.path == "/" else {
      throw failure("\(text): a proxy's address has no path")
    }
    let certificate = try ask("ca.pem", of: address, at: text, token)
    let folder = try cacheFolder(for: address, environment)
    // The port is always given, because clients differ about a proxy's usual one.
    let host = address.host.contains(":") ? "[\(address.host)]" : address.host
    let variables = ProxyVariables(
      url: "http://\(host):\(address.port)", token: token, folder: folder)
    do throws(OutputFile.Failure) {
      try OutputFile.write(Array(certificate.utf8), to: variables.certificate)
      let (bundle, _) = SystemCertificates.bundle(
        named: environment["SSL_CERT_FILE"], output: variables.bundle, with: certificate)
      try OutputFile.write(Array(bundle.utf8), to: variables.bundle)
    } catch {
      throw failure("\(error)")
    }
    return variables.all(in: environment)
  }

  /// A folder of this user's own for a double's files, which a later call uses again.
  private func cacheFolder(
    for address: WebAddress, _ environment: [String: String]
  ) throws -> String {
    func given(_ name: String) -> String? {
      environment[name].flatMap { $0.hasPrefix("/") ? $0 : nil }
    }
    // https://specifications.freedesktop.org/basedir-spec
    guard let cache = given("XDG_CACHE_HOME") ?? given("HOME").map({ "\($0)/.cache" }) else {
      throw failure("there is no place for the authority's files: set HOME or XDG_CACHE_HOME")
    }
    let host = address.host.replacing(":", with: "-")
    let folder = "\(cache)/cloro-mock/\(host)-\(address.port)"
    do {
      try FileManager.default.createDirectory(
        atPath: folder, withIntermediateDirectories: true,
        attributes: [.posixPermissions: 0o700])
    } catch {
      throw failure("\(folder) can't be made: \(error)")
    }
    return folder
  }

  /// The body of a control call's answer.
  private func ask(
    _ path: String, of address: WebAddress, at text: String, _ token: String?
  ) throws -> String {
    let double = RunningDouble(
      address: address, text: text, token: token, patience: Self.patience)
    do throws(RunningDouble.Failure) {
      return try double.ask("GET", path)
    } catch {
      throw failure(error.reason)
    }
  }

  private func failure(_ reason: String) -> ExitCode {
    Message.write(reason)
    return .failure
  }
}
