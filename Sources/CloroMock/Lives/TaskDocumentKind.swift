import JSON
import Ledger

/// The kinds of documents that the ledger's file has of tasks and their reports. The numbers stand
/// in files, so they stay what they are; those below 20 are other parts'.
///
/// Tasks that aren't finished are documents of a kind of their own, so that a start finds these few
/// without reading the many that are finished.
enum TaskDocumentKind {
  /// A task that isn't finished, by its identifier.
  static let openTask: Int64 = 20
  /// A finished task, by ``TaskDocuments/finishedID(_:)``: in the order of submission.
  static let finishedTask: Int64 = 21
  /// The `finishedTask` identifier of a finished task, by the task's identifier.
  static let finishedTaskID: Int64 = 22
  /// The identifier of the task that an idempotency key belongs to, by the key.
  static let idempotencyKey: Int64 = 23
  /// How many tasks an organization has had: ``TaskCounts``.
  static let taskCounts: Int64 = 24
  /// A delivery that is not over, by its task's identifier.
  static let openDelivery: Int64 = 25
  /// A delivery that is over, by ``TaskDocuments/deliveryID(_:_:)``: in the order of the numbers.
  static let closedDelivery: Int64 = 26
  /// The `closedDelivery` identifier of a delivery, by the delivery's identifier.
  static let closedDeliveryID: Int64 = 27
}

extension JSON {
  /// Reads what a document says.
  ///
  /// - Parameter read: Reads the object; problems are noted.
  /// - Returns: nil when it can't be read, because another version or somebody else has written it.
  static func read<Value>(
    document body: [UInt8], _ read: (inout ObjectReader) -> Value?
  ) -> Value? {
    let problems = JSONProblems()
    guard let json = try? JSON(parsing: body), var reader = ObjectReader(json, problems: problems)
    else { return nil }
    let value = read(&reader)
    return problems.list.isEmpty ? value : nil
  }
}
