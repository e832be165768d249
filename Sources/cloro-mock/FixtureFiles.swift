import ArgumentParser
import CloroMock
import JSON
import Platform

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// Reads fixture files.
enum FixtureFiles {
  /// The files' contents; nil for a file that can't be read.
  static func contents(of paths: [String]) -> [Data?] {
    paths.map { FileManager.default.contents(atPath: $0) }
  }

  /// The built-in plans and those of the files.
  ///
  /// - Throws: Exit code 65, after every problem of every file was written to standard error.
  static func load(_ paths: [String], _ contents: [Data?]) throws -> PlanCatalogue {
    do throws(PlanCatalogue.Invalid) {
      return try catalogue(of: paths, contents)
    } catch {
      System.writeText(ShownText.message(error.description, atMost: .max) + "\n", to: 2)
      throw ExitCode.badFixture
    }
  }

  /// The built-in plans and those of the files.
  static func catalogue(
    of paths: [String], _ contents: [Data?]
  ) throws(PlanCatalogue.Invalid) -> PlanCatalogue {
    let unreadable = zip(paths, contents).filter { $1 == nil }.map { "\($0.0): can't be read" }
    let files = zip(paths, contents).compactMap { path, content in
      content.map { (name: path, bytes: Array($0)) }
    }
    var catalogue = PlanCatalogue()
    do throws(PlanCatalogue.Invalid) {
      try catalogue.add(files)
    } catch {
      throw PlanCatalogue.Invalid(problems: unreadable + error.problems)
    }
    guard unreadable.isEmpty else { throw PlanCatalogue.Invalid(problems: unreadable) }
    return catalogue
  }
}
