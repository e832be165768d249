import CloroContract
import JSON
import Simulation

/// The requests that wait: for their latency to pass, or to be released.
struct RequestOperations: Sendable {
  let underWay: RequestsUnderWay

  /// A request that waits, at the moment.
  struct Waiting: Sendable {
    let row: RequestsUnderWay.Row
    /// What it asks a provider; nil for other requests.
    let question: JournalEntry.Asked?

    fileprivate init(_ row: RequestsUnderWay.Row) {
      self.row = row
      if case .monitor(let provider) = row.call.endpoint.kind,
        let body = try? JSON(parsing: row.call.request.body)
      {
        question = JournalEntry.asked(of: provider, body)
      } else {
        question = nil
      }
    }
  }

  /// Those of a key's organization, or all, in the order of their arrival.
  ///
  /// - Parameter state: Only those in this state; nil takes all.
  func list(of key: APIKey?, _ state: RequestsUnderWay.State? = nil) -> [Waiting] {
    underWay.list(of: key?.organization, state).map(Waiting.init)
  }

  /// Lets a held request go on: its latency begins.
  ///
  /// - Parameter id: The request's identifier.
  /// - Returns: The request as it was when it was released.
  func release(_ id: String) throws(ControlError) -> Waiting {
    let found = Identifier(text: id).flatMap { id in
      underWay.list(of: nil, nil).first { $0.call.requestID == id }
    }
    guard let found else {
      throw .notFound("No request \(ShownText.value(id)) is under way.")
    }
    guard underWay.release(found.call) else {
      throw .conflict("The request is not held: it is running.")
    }
    return Waiting(found)
  }

  /// Lets all held requests go on, or those of a key's organization.
  ///
  /// - Returns: How many.
  func releaseAll(of key: APIKey?) -> Int {
    releaseAll(of: key?.organization)
  }

  /// Lets all held requests go on, or those of an organization.
  @discardableResult
  func releaseAll(of organization: Organization?) -> Int {
    underWay.list(of: organization, .held).count { underWay.release($0.call) }
  }
}
