import CloroContract

extension APIError {
  /// What a strict double answers to a question for which there is no stub.
  static let noStub = APIError.undocumented(
    status: 503, code: "NO_STUB", message: "No stub answers this question")

  /// The same where recordings answer too.
  static let noRecording = APIError.undocumented(
    status: 503, code: "NO_STUB", message: "No stub or recording answers this question")
}
