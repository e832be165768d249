import ArgumentParser
import CloroMock
import JSON
import Platform

/// A fixture file as it was read.
struct FixtureFile: Equatable, Sendable {
  /// The name by which the command line gives it.
  let path: String
  /// Its bytes, or why it can't be read.
  let content: Result<[UInt8], SystemError>

  /// Reads a file, or takes the built-in fixture of that name.
  init(_ path: String) {
    self.path = path
    let found = Result { () throws(SystemError) in try System.contents(of: path) }
    // A file of that name comes first.
    if case .failure = found, let builtIn = PlanCatalogue.builtInFixture(path) {
      content = .success(builtIn)
    } else {
      content = found
    }
  }

  /// Reads standard input, whose name is `-`.
  static func standardInput() -> FixtureFile {
    FixtureFile(
      path: "-",
      content: Result { () throws(SystemError) in try System.contents(ofDescriptor: 0) })
  }

  private init(path: String, content: Result<[UInt8], SystemError>) {
    self.path = path
    self.content = content
  }

  /// Why it can't be read; nil when it can.
  var refusal: String? {
    guard case .failure(let error) = content else { return nil }
    return error.reason
  }

  /// The built-in plans and those of files.
  ///
  /// - Throws: Exit code 65, after every problem of every file was written to standard error.
  static func load(_ files: [FixtureFile]) throws -> PlanCatalogue {
    do throws(PlanCatalogue.Invalid) {
      return try catalogue(of: files)
    } catch {
      tell(of: error)
      throw ExitCode.badFixture
    }
  }

  /// Writes every problem to standard error, one a line.
  static func tell(of invalid: PlanCatalogue.Invalid) {
    System.writeText(ShownText.message(invalid.description, atMost: .max) + "\n", to: 2)
  }

  /// The folder of a file; nil for standard input, which is beside nothing.
  private static func folder(of path: String) -> String? {
    guard path != "-" else { return nil }
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  /// The built-in plans and those of files.
  static func catalogue(of files: [FixtureFile]) throws(PlanCatalogue.Invalid) -> PlanCatalogue {
    let unreadable = files.compactMap { file in
      file.refusal.map {
        PlanCatalogue.Problem(file: file.path, message: "can't be read: \($0)")
      }
    }
    let readable = files.compactMap { file in
      (try? file.content.get()).map { (name: file.path, bytes: $0) }
    }
    var catalogue = PlanCatalogue()
    do throws(PlanCatalogue.Invalid) {
      try catalogue.add(readable, folder: folder(of:))
    } catch {
      throw PlanCatalogue.Invalid(unreadable + error.list)
    }
    guard unreadable.isEmpty else { throw PlanCatalogue.Invalid(unreadable) }
    return catalogue
  }
}
