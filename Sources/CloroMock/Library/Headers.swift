import JSON

extension MockServer {
  /// Header fields in the order in which they were sent.
  ///
  /// The values of a name that came more than once are joined by commas.
  public struct Headers: Sendable, Hashable {
    /// One field.
    public struct Field: Sendable, Hashable {
      public let name: String
      public let value: String
    }

    /// All of them.
    public let fields: [Field]

    /// The value of a field, whose name compares without regard to case; nil when there is none.
    public subscript(name: String) -> String? {
      fields.first { $0.name.lowercased() == name.lowercased() }?.value
    }
  }
}

extension MockServer.Headers {
  init(_ json: JSON) {
    fields = (json.object?.members ?? []).map {
      Field(name: $0.name, value: $0.value.string ?? "")
    }
  }
}
