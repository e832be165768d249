/// Whose form answers have where the documents and the service differ.
public enum AnswerShapes: String, Sendable, CaseIterable {
  /// Valid in the OpenAPI document of the revision; the default.
  case documented
  /// As recorded from the service, also where that contradicts the document.
  case live
}

/// Which optional members answers have.
public enum AnswerVariety: String, Sendable, CaseIterable {
  /// All that the request asks for; the default.
  case full
  /// About as often as in recordings of the service.
  case typical
  /// Only what is always there.
  case sparse
}

/// How answers are made, apart from what they are about.
public struct AnswerStyle: Sendable, Hashable {
  /// The default is `documented`.
  public var shapes = AnswerShapes.documented
  /// The default is `full`.
  public var variety = AnswerVariety.full

  public init(shapes: AnswerShapes = .documented, variety: AnswerVariety = .full) {
    self.shapes = shapes
    self.variety = variety
  }
}
