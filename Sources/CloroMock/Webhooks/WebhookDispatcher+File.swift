import JSON
import Ledger
import Simulation

// Where the ledger is a file, a delivery is there from the end of its task to its own end. It is
// written under the dispatcher's lock, so that the file gets its states in their order.

extension WebhookDispatcher {
  /// What is written when a report is due; nil when it isn't to be sent.
  static func document(of report: Report) -> Ledger.Document? {
    report.settings.mode == .deliver ? document(of: WebhookDelivery(report)) : nil
  }

  private static func document(of delivery: WebhookDelivery) -> Ledger.Document? {
    StoredDelivery(delivery)?.document(of: delivery.report.organization.account)
  }

  /// Writes a delivery's state; none that is over.
  ///
  /// - Parameters:
  ///   - wasOver: Whether it was over before.
  ///   - isStopping: Whether the double is, so that what fails has only been interrupted.
  func note(_ delivery: WebhookDelivery, wasOver: Bool, _ isStopping: Bool) {
    guard file.isKept, !wasOver, !isStopping || delivery.wasDelivered else { return }
    guard !delivery.life.isOver else { return erase(delivery) }
    if let document = Self.document(of: delivery) { file.note([document]) }
  }

  /// Deletes what was written of a delivery.
  func erase(_ delivery: WebhookDelivery) {
    guard file.isKept else { return }
    let report = delivery.report
    file.note([
      Ledger.Document(
        of: report.organization.account, kind: TaskDocumentKind.openDelivery,
        id: report.taskID.text, body: nil)
    ])
  }

  /// What the ledger's file is to have of the deliveries of an organization that is restored.
  func documents(of saved: [StoredDelivery], _ account: Account) -> [Ledger.Document] {
    guard file.isKept else { return [] }
    return saved.filter { !$0.life.isOver }.map { $0.document(of: account) }
  }

  /// Goes on with the deliveries that the ledger's file has: attempts that were under way are made
  /// again, under their numbers.
  ///
  /// - Parameter find: The organization of a number.
  func resume(find: (Int64) throws(LedgerError) -> Organization?) throws(LedgerError) {
    var stored: [Int64: [StoredDelivery]] = [:]
    try file.documents(kind: TaskDocumentKind.openDelivery) { organization, body in
      if let delivery = JSON.read(document: body, { StoredDelivery.read(&$0) }) {
        stored[organization, default: []].append(delivery)
      }
    }
    var found: [(organization: Organization, deliveries: [StoredDelivery])] = []
    for (number, deliveries) in stored {
      if let organization = try find(number) { found.append((organization, deliveries)) }
    }
    let now = clock.now
    for (organization, deliveries) in found.sorted(by: { $0.0.name < $1.0.name }) {
      let restored = deliveries.sorted { $0.at < $1.at }.map { stored in
        var delivery = stored.restored(of: organization)
        delivery.forgetLostAttempts()
        return delivery
      }
      resume(restored, savedAt: now)
    }
  }
}

extension StoredDelivery {
  /// As the ledger's file has it.
  func document(of account: Account) -> Ledger.Document {
    Ledger.Document(
      of: account, kind: TaskDocumentKind.openDelivery, id: task.text, body: json.encoded)
  }
}

extension WebhookDelivery {
  /// Takes back the attempts of which nobody will hear any more, because they were under way when
  /// their double ended. A planned one will be made again and must not count twice.
  fileprivate mutating func forgetLostAttempts() {
    for index in attempts.indices.reversed()
    where attempts[index].status == nil && attempts[index].error == nil {
      if attempts[index].isPlanned {
        lostNumber = attempts.remove(at: index).number
        // At once, whatever the clock shows now.
        life = DeliveryLife(.open(.queued), due: nil)
      } else {
        attempts[index].error = "lost with the double that has sent it"
      }
    }
  }
}
