import ArgumentParser
import CloroMock
import HTTPServer

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// Reads fixture files.
enum FixtureFiles {
  /// The built-in plans with those of the files.
  ///
  /// - Throws: Exit code 65, after every problem of every file was written to standard error.
  static func load(_ paths: [String]) throws -> PlanCatalogue {
    do throws(PlanCatalogue.Invalid) {
      return try read(paths)
    } catch {
      System.writeText(error.description + "\n", to: 2)
      throw ExitCode.badFixture
    }
  }

  /// The built-in plans with those of the files.
  static func read(_ paths: [String]) throws(PlanCatalogue.Invalid) -> PlanCatalogue {
    var missing: [String] = []
    var files: [(name: String, bytes: [UInt8])] = []
    for path in paths {
      if let content = FileManager.default.contents(atPath: path) {
        files.append((path, Array(content)))
      } else {
        missing.append("\(path): can't be read")
      }
    }
    var catalogue = PlanCatalogue()
    do throws(PlanCatalogue.Invalid) {
      try catalogue.add(files)
    } catch {
      throw PlanCatalogue.Invalid(problems: missing + error.problems)
    }
    guard missing.isEmpty else { throw PlanCatalogue.Invalid(problems: missing) }
    return catalogue
  }
}
