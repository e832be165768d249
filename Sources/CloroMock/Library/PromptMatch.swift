import JSON

extension MockServer {
  /// A condition on what is asked: the `prompt`, or the `query` of Google's endpoints.
  public struct PromptMatch: Sendable, Hashable {
    let json: JSON

    /// The very text.
    public static func equals(_ text: String) -> PromptMatch {
      PromptMatch(json: ["equals": .string(text)])
    }

    /// A text that has this part.
    public static func contains(_ part: String) -> PromptMatch {
      PromptMatch(json: ["contains": .string(part)])
    }

    /// A text in which a regular expression finds something; for stubs.
    public static func regex(_ pattern: String) -> PromptMatch {
      PromptMatch(json: ["regex": .string(pattern)])
    }
  }
}
