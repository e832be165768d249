import ArgumentParser
import CloroContract
import CloroMock
import JSON
import Platform

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// Compares a service with the double, rule by rule.
struct DriftCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "drift",
    abstract: "Compare the real service with the double, rule by rule, under a cap of credits.",
    discussion: """
      The key is that of the variable CLORO_MOCK_UPSTREAM_KEY, and is never printed.

      Exits with 0 when nothing has changed, with 1 when something has, with 2 when that can't be \
      said: the service is away, or doesn't take the key.
      """)

  @Argument(
    help: "A folder of recordings, which are compared instead of asking.", completion: .directory)
  var folder: String?

  @Option(help: "The service's address: https://…, or http://… on this machine.")
  var live: String?

  @Option(help: "The most credits that it may cost; needed with --live.")
  var maxCredits: String?

  @Option(
    help: "The least that makes it exit with 1: added, removed or type. (default: removed)",
    completion: .list(FailOn.allCases.map(\.rawValue)))
  var failOn: String?

  @Option(
    help: "The form of the report: text, json or markdown. (default: text)",
    completion: .list(Form.allCases.map(\.rawValue)))
  var format: String?

  @Option(
    help: "The contract to compare with: 2026-07 or 2026-10. (default: what its headers show)",
    completion: .list(ContractRevision.allCases.map(\.rawValue)))
  var contract: String?

  @Option(
    help: "A file in which it notes how far it has come, and goes on from there.",
    completion: .file())
  var resume: String?

  @Option(
    help: "The certificates to trust, in PEM form. (default: the system's)",
    completion: .file(extensions: ["pem", "crt"]))
  var upstreamCa: String?

  private static let keyVariable = "CLORO_MOCK_UPSTREAM_KEY"

  private enum Form: String, CaseIterable {
    case text
    case json
    case markdown
  }

  /// The least that counts as drift, named by a kind of its severity.
  private enum FailOn: String, CaseIterable {
    case added
    case removed
    case type

    var severity: DriftReport.Severity {
      switch self {
      case .added: .info
      case .removed: .warning
      case .type: .error
      }
    }
  }

  func validate() throws {
    guard (folder == nil) != (live == nil) else {
      throw ValidationError("Give a folder of recordings, or --live with an address.")
    }
    guard live == nil || maxCredits != nil else {
      throw ValidationError("--live needs --max-credits.")
    }
  }

  func run() throws {
    let form = try choice("--format", format, Form.text)
    let failOn = try choice("--fail-on", failOn, FailOn.removed)
    let revision = try revision()
    var order: DriftRun.Order?
    if let live { order = try self.order(live, revision) }
    let report: DriftReport
    do throws(DriftFailure) {
      if let order {
        report = try DriftRun.report(order)
      } else {
        report = try DriftRecordings.report(of: folder ?? "", contract: revision)
      }
    } catch {
      Message.write(ShownText.message(error.reason))
      throw ExitCode(2)
    }
    switch form {
    case .text: try StandardOutput.write(report.text)
    case .json:
      try StandardOutput.write(String(decoding: report.json.encoded, as: UTF8.self) + "\n")
    case .markdown: try StandardOutput.write(report.markdown)
    }
    if let failure = report.failure { Message.write("could not tell: \(failure)") }
    if report.hasFinding(from: failOn.severity) { throw ExitCode(1) }
    if report.failure != nil { throw ExitCode(2) }
  }

  private func revision() throws -> ContractRevision? {
    guard let contract else { return nil }
    let revisions = ContractRevision.allCases.map(\.rawValue)
    guard let revision = ContractRevision(rawValue: contract) else {
      throw ServeSettings.usage("--contract", contract, "2026-07 or 2026-10", near: revisions)
    }
    return revision
  }

  private func order(_ live: String, _ revision: ContractRevision?) throws -> DriftRun.Order {
    let maxCredits = maxCredits ?? ""
    guard let cap = Int64(maxCredits), 0...1_000_000_000 ~= cap else {
      throw ServeSettings.usage("--max-credits", maxCredits, "a whole number from 0 to 1000000000")
    }
    guard let upstream = Self.upstream(live) else {
      // It may have a password in it.
      Message.write("--live: can't be used; allowed: https://HOST, or http://HOST on this machine")
      throw ExitCode.validationFailure
    }
    guard let key = ProcessInfo.processInfo.environment[Self.keyVariable], !key.isEmpty else {
      Message.write(
        "\(Self.keyVariable): is not set; it has the key with which the service is asked")
      throw ExitCode.validationFailure
    }
    guard key.utf8.allSatisfy({ 0x21...0x7E ~= $0 }) else {
      Message.write("\(Self.keyVariable): can't be used; allowed: a key")
      throw ExitCode.validationFailure
    }
    var order = DriftRun.Order(upstream: upstream, key: key, mostCredits: cap)
    order.contract = revision
    if let upstreamCa {
      guard (try? System.contents(of: upstreamCa, atMost: 16 << 20)) != nil else {
        throw ServeSettings.usage("--upstream-ca", upstreamCa, "a file that can be read")
      }
      order.authorities = upstreamCa
    }
    order.progress = resume
    return order
  }

  /// The address without a slash at its end; nil when it can't be used.
  private static func upstream(_ text: String) -> String? {
    guard let address = WebAddress(text), !text.contains("@"), !text.contains("?"),
      !text.contains("#")
    else { return nil }
    let host = address.host
    let isLocal = host == "localhost" || host == "::1" || isLoopback(host)
    guard address.isSecure || isLocal else { return nil }
    return text.hasSuffix("/") ? String(text.dropLast()) : text
  }

  /// Whether it is an address of 127.0.0.0/8, and not only a name that begins so.
  private static func isLoopback(_ host: String) -> Bool {
    let parts = host.split(separator: ".", omittingEmptySubsequences: false)
    return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
  }

  private func choice<Choice: RawRepresentable & CaseIterable>(
    _ flag: String, _ text: String?, _ usual: Choice
  ) throws -> Choice where Choice.RawValue == String {
    guard let text else { return usual }
    let names = Choice.allCases.map(\.rawValue)
    guard let choice = Choice(rawValue: text) else {
      throw ServeSettings.usage(flag, text, names.joined(separator: ", "), near: names)
    }
    return choice
  }
}
