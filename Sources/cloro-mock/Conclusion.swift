import CloroMock
import Platform

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// What is said of a run at its end: its report in a file and in GitHub's summary, and its exit
/// code.
struct Conclusion {
  private let file: (path: String, format: RunReport.Format)?
  /// The file to which GitHub Actions lets a step add Markdown.
  private let stepSummary: String?
  /// Whether the report's summary was printed already.
  private let isRun: Bool

  /// - Parameter isRun: Whether the run is that of a command, which is reported to GitHub without
  ///   `--report` too.
  init(_ settings: ServeSettings, isRun: Bool) {
    self.isRun = isRun
    file = settings.report
    // Asked for only when it is used: the environment is copied as a whole, and a start feels it.
    let path =
      isRun || file != nil ? ProcessInfo.processInfo.environment["GITHUB_STEP_SUMMARY"] ?? "" : ""
    stepSummary = path.isEmpty ? nil : path
  }

  /// Writes the report's file, if there is one.
  ///
  /// - Returns: Whether nothing failed; what failed is said on standard error.
  func write(_ report: RunReport) -> Bool {
    guard let file else { return true }
    do throws(OutputFile.Failure) {
      try OutputFile.write(Array(report.text(file.format).utf8), to: file.path)
      return true
    } catch {
      Message.write("the report \(error)")
      return false
    }
  }

  /// Writes everything that is written at the end.
  ///
  /// - Returns: The exit code of a run that went well otherwise.
  func conclude(_ report: RunReport, _ mock: MockServer) -> Int32 {
    var isWritten = write(report)
    if let stepSummary {
      do throws(OutputFile.Failure) {
        try OutputFile.append(Array(report.text(.markdown).utf8), to: stepSummary)
      } catch {
        Message.write("the step's summary \(error)")
        isWritten = false
      }
    }
    if report.budget.exceeded {
      if !isRun { Message.write(report.summary[0]) }
      return 3
    }
    // The log has said what became of the ledger's file.
    return isWritten && mock.ledgerLoss == nil ? 0 : 1
  }
}
