/// Credits to be taken from an account for one request or task that succeeded.
///
/// A class, because it is moved between lists and never changes.
public final class Charge: Sendable {
  /// The account that pays.
  public let account: Account

  /// Credits, 0 or more. 0 succeeds without leaving an entry.
  public let amount: Int64

  /// The time, in milliseconds since the Unix epoch, on the caller's clock.
  public let at: Int64

  /// The route that was called, such as `POST /v1/monitor/chatgpt`.
  public let endpoint: String

  /// The request's identifier, if it has one.
  public let requestID: String?

  /// The asynchronous task's identifier, if it was one.
  public let taskID: String?

  /// What is written in the same transaction if the charge is made, and only then. The default is
  /// nothing, and a ledger in memory writes none.
  public let documents: [Ledger.Document]

  /// Describes a charge; nothing happens until a ledger is given it.
  public init(
    account: Account, amount: Int64, at: Int64, endpoint: String,
    requestID: String? = nil, taskID: String? = nil, documents: [Ledger.Document] = []
  ) {
    self.account = account
    self.amount = amount
    self.at = at
    self.endpoint = endpoint
    self.requestID = requestID
    self.taskID = taskID
    self.documents = documents
  }
}
