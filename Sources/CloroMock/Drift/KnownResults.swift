import CloroContract
import JSON

/// What the double answers to questions, whatever their style: documented shapes and those that
/// were recorded live, with more and with fewer members.
struct KnownResults {
  private let library = ResultLibrary()
  private var shapes: [MonitorRequest: ResultShape] = [:]
  let revision: ContractRevision

  init(_ revision: ContractRevision) { self.revision = revision }

  /// How many answers of each style are looked at. Full and sparse ones always have the same
  /// members. Which a typical one has is drawn, and two hundred show even what is there, or not, in
  /// one answer of twenty.
  static let examples: [AnswerVariety: UInt64] = [.full: 3, .typical: 200, .sparse: 3]

  /// The shape of the results of a question: a member is required when it is there in every style.
  mutating func shape(of request: MonitorRequest) -> ResultShape {
    if let known = shapes[request] { return known }
    var shape = ResultShape()
    for shapes in AnswerShapes.allCases {
      for variety in AnswerVariety.allCases {
        learn(request, AnswerStyle(shapes: shapes, variety: variety), &shape)
      }
    }
    shapes[request] = shape
    return shape
  }

  /// Learns from what the double answers to a question in one style.
  func learn(
    _ request: MonitorRequest, _ style: AnswerStyle, _ shape: inout ResultShape
  ) {
    let question = Question(request)
    for seed in 0..<(Self.examples[style.variety] ?? 1) {
      var text: [UInt8] = []
      library.render(
        ResultRenderer.Input(
          question: question, revision: revision, style: style, seed: seed, link: seed,
          origin: "https://cdn.example"),
        to: &text)
      if let result = try? JSON(parsing: text) { shape.learn(result) }
    }
  }
}
