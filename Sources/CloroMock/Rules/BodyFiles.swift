import JSON
import Platform

/// The files beside a fixture in which results stand.
struct BodyFiles: Sendable {
  /// The fixture's folder; nil where no file may be read, as by a control call.
  let folder: String?
  /// The results that files had when they were read, by their names; nil where files are read.
  private let known: [ByteText: JSONObject]?

  /// The most bytes of a file. [chosen]
  private static let most = 16 << 20

  /// - Parameter folder: nil, the default, lets no file be read.
  init(folder: String? = nil) {
    self.folder = folder
    known = nil
  }

  /// Files that were read before.
  ///
  /// - Parameter known: Their results by their names.
  init(known: [ByteText: JSONObject]) {
    folder = nil
    self.known = known
  }

  /// Reads a member that names a file with a result, or with a whole body `{success, result}`;
  /// problems are noted.
  func read(_ name: String, _ reader: inout ObjectReader) -> JSONObject? {
    guard let path = reader.string(name) else { return nil }
    if let known {
      if known[ByteText(path)] == nil {
        reader.fail(name, "\"\(ShownText.value(path))\" is none of the files of this rule")
      }
      return known[ByteText(path)]
    }
    guard let folder else {
      reader.fail(name, "is for fixture files only: give the result itself as result")
      return nil
    }
    let parts = path.split(separator: "/", omittingEmptySubsequences: false)
    guard !path.utf8.contains(0), !parts.contains(where: { ["", ".", ".."].contains($0) }) else {
      reader.fail(
        name,
        "\"\(ShownText.value(path))\" is no file beside the fixture; expected a path such as "
          + "answers/acme.json, without .. and without / at its beginning")
      return nil
    }
    do throws(SystemError) {
      let bytes = try System.contents(of: "\(folder)/\(path)", atMost: Self.most)
      return object(bytes, path, name, reader)
    } catch {
      reader.fail(name, "\"\(ShownText.value(path))\" can't be read: \(error.reason)")
      return nil
    }
  }

  private func object(
    _ bytes: [UInt8], _ path: String, _ name: String, _ reader: ObjectReader
  ) -> JSONObject? {
    let shown = ShownText.value(path)
    do throws(JSONError) {
      let json = try JSON(parsing: bytes)
      guard let object = json.object else {
        reader.fail(name, "\"\(shown)\": expected a JSON object, found \(json.typeName)")
        return nil
      }
      return json["success"] == true ? json["result"]?.object ?? object : object
    } catch {
      reader.fail(name, "\"\(shown)\" is not JSON: \(error)")
      return nil
    }
  }
}
