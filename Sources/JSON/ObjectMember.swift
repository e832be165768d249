/// A member of a JSON object that corresponds to a property of a Swift value.
///
/// The members of a type are listed once, as rows. A row knows how to read its member, to check a
/// property that was set in this process, to write it, and to copy it into another value.
package struct ObjectMember<Root>: Sendable {
  package let name: String
  /// The allowed range of a whole number; nil for members of other types.
  package let range: ClosedRange<Int64>?
  fileprivate let read: @Sendable (inout ObjectReader, inout Root) -> Void
  fileprivate let check: @Sendable (Root, ObjectPlace) -> Bool
  fileprivate let json: @Sendable (Root) -> JSON?
  fileprivate let copy: @Sendable (Root, inout Root) -> Void

  /// - Parameters:
  ///   - property: The property; nil means that the member is absent.
  ///   - read: Reads the member of that name; nil when it is absent or wrong.
  ///   - check: Notes what is wrong with a value, with the same message as reading.
  package init<Value>(
    _ name: String, _ property: WritableKeyPath<Root, Value?> & Sendable,
    range: ClosedRange<Int64>? = nil,
    read: @escaping @Sendable (inout ObjectReader, String) -> Value?,
    check: @escaping @Sendable (Value, ObjectPlace) -> Void = { _, _ in },
    json: @escaping @Sendable (Value) -> JSON
  ) {
    self.name = name
    self.range = range
    self.read = { reader, root in
      if let value = read(&reader, name) { root[keyPath: property] = value }
    }
    self.check = { root, place in
      guard let value = root[keyPath: property] else { return true }
      let before = place.problems.count
      check(value, place)
      return place.problems.count == before
    }
    self.json = { root in root[keyPath: property].map(json) }
    copy = { root, other in
      if let value = root[keyPath: property] { other[keyPath: property] = value }
    }
  }

  private init<Inner>(
    _ inner: ObjectMember<Inner>, of path: WritableKeyPath<Root, Inner> & Sendable
  ) {
    name = inner.name
    range = inner.range
    read = { reader, root in inner.read(&reader, &root[keyPath: path]) }
    check = { root, place in inner.check(root[keyPath: path], place) }
    json = { root in inner.json(root[keyPath: path]) }
    copy = { root, other in inner.copy(root[keyPath: path], &other[keyPath: path]) }
  }

  /// The same member for an outer value that contains this one's value.
  package func within<Outer>(
    _ path: WritableKeyPath<Outer, Root> & Sendable
  ) -> ObjectMember<Outer> {
    ObjectMember<Outer>(self, of: path)
  }
}

// MARK: Types of members

extension ObjectMember {
  /// A member of a certain JSON type, with a condition on its value.
  ///
  /// - Parameters:
  ///   - expected: What a problem says was expected.
  ///   - accepts: Whether a value is allowed. By default every value is.
  package static func value<Value>(
    _ name: String, _ property: WritableKeyPath<Root, Value?> & Sendable, expected: String,
    range: ClosedRange<Int64>? = nil,
    from decode: @escaping @Sendable (JSON) -> Value?,
    json: @escaping @Sendable (Value) -> JSON,
    where accepts: @escaping @Sendable (Value) -> Bool = { _ in true }
  ) -> ObjectMember {
    ObjectMember(
      name, property, range: range,
      read: { reader, name in
        reader.member(name, expected: expected) { json in
          decode(json).flatMap { accepts($0) ? $0 : nil }
        }
      },
      check: { value, place in
        if !accepts(value) {
          place.fail(name, "expected \(expected), found \(ObjectReader.show(json(value)))")
        }
      }, json: json)
  }

  /// A whole number.
  package static func integer(
    _ name: String, _ property: WritableKeyPath<Root, Int?> & Sendable,
    in range: ClosedRange<Int64>
  ) -> ObjectMember {
    value(
      name, property, expected: ObjectReader.wholeNumber(in: range), range: range,
      from: { $0.integer.map { Int($0) } }, json: { JSON($0) }, where: { range.contains(Int64($0)) }
    )
  }

  /// Any text.
  package static func text(
    _ name: String, _ property: WritableKeyPath<Root, String?> & Sendable
  ) -> ObjectMember {
    value(name, property, expected: "a string", from: { $0.string }, json: { .string($0) })
  }

  /// True or false.
  package static func flag(
    _ name: String, _ property: WritableKeyPath<Root, Bool?> & Sendable
  ) -> ObjectMember {
    value(name, property, expected: "true or false", from: { $0.bool }, json: { .bool($0) })
  }

  /// One of several names.
  package static func choice<Value>(
    _ name: String, _ property: WritableKeyPath<Root, Value?> & Sendable
  ) -> ObjectMember where Value: RawRepresentable<String> & CaseIterable & SendableMetatype {
    ObjectMember(
      name, property, read: { reader, name in reader.choice(name, of: Value.self) },
      json: { .string($0.rawValue) })
  }
}

// MARK: All members of a value

extension Sequence {
  /// Reads the members that are there into a value; those that are wrong are noted and left out.
  package func read<Root>(
    _ reader: inout ObjectReader, into value: inout Root
  ) where Element == ObjectMember<Root> {
    for member in self { member.read(&reader, &value) }
  }

  /// Notes what is wrong with a value that was made in this process.
  ///
  /// - Returns: The members that are right, in an otherwise empty value.
  @discardableResult
  package func check<Root>(
    _ value: Root, at place: ObjectPlace, into empty: Root
  ) -> Root where Element == ObjectMember<Root> {
    var checked = empty
    for member in self where member.check(value, place) { member.copy(value, &checked) }
    return checked
  }

  /// The members that a value has, in the order of the rows.
  package func json<Root>(of value: Root) -> JSONObject where Element == ObjectMember<Root> {
    var object = JSONObject()
    for member in self {
      if let json = member.json(value) { object.append(member.name, json) }
    }
    return object
  }

  /// Copies the members that a value has into another value.
  package func copy<Root>(
    _ value: Root, into other: inout Root
  ) where Element == ObjectMember<Root> {
    for member in self { member.copy(value, &other) }
  }
}

/// The place of an object in a document, with the document's problems. Also for a value made in
/// this process, as if it were in a document.
package struct ObjectPlace {
  /// Empty for the document itself.
  package let path: String
  package let problems: JSONProblems

  package init(path: String = "", problems: JSONProblems) {
    self.path = path
    self.problems = problems
  }

  /// The place of an object that is a member of this one.
  package func inner(_ name: String) -> ObjectPlace {
    ObjectPlace(path: path.isEmpty ? name : "\(path).\(name)", problems: problems)
  }

  /// Notes a problem with a member.
  package func fail(_ name: String, _ message: String) {
    problems.add(inner(name).path, message)
  }
}

extension ObjectReader {
  /// Where the object stands.
  package var place: ObjectPlace { ObjectPlace(path: path, problems: problems) }
}
