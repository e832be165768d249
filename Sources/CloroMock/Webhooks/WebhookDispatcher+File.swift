import JSON
import Ledger
import Simulation

// Where the ledger is a file, a delivery is there from the end of its task to the end of that
// task's day: until it is over as a document with which a start goes on, from then on as one which
// is read when somebody asks for it. It is written under the dispatcher's lock, so that the file
// gets its states in their order.

extension WebhookDispatcher {
  /// What is written when a report is due.
  static func document(of report: Report) -> Ledger.Document? {
    StoredDelivery(WebhookDelivery(report))?.openDocument(of: report.organization.account)
  }

  /// Writes a delivery's state.
  ///
  /// - Parameters:
  ///   - wasOver: Whether it was over before.
  ///   - isStopping: Whether the double is, so that what fails has only been interrupted.
  func note(_ delivery: WebhookDelivery, wasOver: Bool, _ isStopping: Bool) {
    guard file.isKept, !isStopping || delivery.wasDelivered,
      let stored = StoredDelivery(delivery)
    else { return }
    let account = delivery.report.organization.account
    guard delivery.life.isOver else { return file.note([stored.openDocument(of: account)]) }
    file.note(
      (wasOver ? [] : [Self.openDeletion(delivery)]) + stored.closedDocuments(of: account))
  }

  /// Deletes what was written of a delivery that is not over.
  func erase(_ delivery: WebhookDelivery) {
    if file.isKept { file.note([Self.openDeletion(delivery)]) }
  }

  private static func openDeletion(_ delivery: WebhookDelivery) -> Ledger.Document {
    let report = delivery.report
    return TaskDocuments.deletion(
      TaskDocumentKind.openDelivery, report.taskID.text, report.organization.account)
  }

  /// What the ledger's file is to have of the deliveries of an organization that is restored.
  func documents(of saved: [StoredDelivery], _ account: Account) -> [Ledger.Document] {
    guard file.isKept else { return [] }
    return saved.flatMap {
      $0.life.isOver ? $0.closedDocuments(of: account) : [$0.openDocument(of: account)]
    } + file.lastNumbers.documents()
  }

  // MARK: Those that are over

  /// The most deliveries that are read from the ledger's file at a time.
  private static let page = 1000

  /// Deliveries that are over after a number, those included that memory has, too; oldest first.
  ///
  /// - Parameter most: The most deliveries.
  /// - Returns: The deliveries, and the number behind which there may be more that weren't read.
  func filed(
    of organizations: [Organization], after number: UInt64, most: Int
  ) throws(LedgerError) -> (deliveries: [WebhookDelivery], end: UInt64?) {
    var (found, last): ([WebhookDelivery], UInt64?) = ([], number)
    while let since = last, found.count < most {
      let page = try file.deliveries(
        of: organizations, after: since, most: min(most - found.count, Self.page), at: clock.now
      ) { delivery(of: $1, $0, $2) }
      found += page.items.map(\.item)
      last = page.end
    }
    return (found, last)
  }

  /// Sends a delivery once more that only the ledger's file has.
  ///
  /// - Returns: Whether there is such a delivery.
  func redeliver(
    _ id: String, filedOf organizations: [Organization]
  ) throws(LedgerError) -> Bool {
    for organization in organizations
    where organization.hasFiledTasks.load(ordering: .acquiring) {
      let stored = try file.delivery(id, of: organization.account, at: clock.now)
      guard let (body, task) = stored,
        var delivery = delivery(of: task, body, organization)
      else { continue }
      delivery.report = delivery.report.made
      state.withLock { state in
        // Another call may have taken it in meanwhile.
        if state.log[delivery.number] == nil { _ = add(delivery, &state) }
      }
      attempt(delivery.number, isManual: true)
      return true
    }
    return false
  }

  private func delivery(
    of task: TaskRecord, _ body: [UInt8], _ organization: Organization
  ) -> WebhookDelivery? {
    let source = ReportSource(task, renderer)
    var delivery = StoredDelivery.read(document: body, of: source)?.restored(of: organization)
    delivery?.forgetLostAttempts()
    return delivery
  }

  // MARK: Starting

  /// Goes on with the deliveries that the ledger's file has: attempts that were under way are made
  /// again, under their numbers.
  ///
  /// - Parameter find: The organization of a number.
  func resume(find: (Int64) throws(LedgerError) -> Organization?) throws(LedgerError) {
    var stored: [Int64: [StoredDelivery]] = [:]
    try file.documents(kind: TaskDocumentKind.openDelivery) { organization, body in
      if let delivery = StoredDelivery.read(document: body) {
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
  /// As the ledger's file has it while it isn't over.
  fileprivate func openDocument(of account: Account) -> Ledger.Document {
    Ledger.Document(
      of: account, kind: TaskDocumentKind.openDelivery, id: task.text,
      body: document(isWhole: true).encoded)
  }

  /// As the ledger's file has it once it is over. What its finished task gives, which is in the
  /// file, too, isn't stored.
  fileprivate func closedDocuments(of account: Account) -> [Ledger.Document] {
    let place = TaskDocuments.deliveryID(number, task)
    return [
      Ledger.Document(
        of: account, kind: TaskDocumentKind.closedDelivery, id: place,
        body: document(isWhole: content.source?.task.life.end == nil).encoded),
      Ledger.Document(
        of: account, kind: TaskDocumentKind.closedDeliveryID, id: id, body: Array(place.utf8)),
    ]
  }
}

extension WebhookDelivery {
  /// Takes back the attempts of which nobody will hear any more, because they were under way when
  /// their double ended. A planned one will be made again and must not count twice.
  fileprivate mutating func forgetLostAttempts() {
    // What was collected has no outcome either.
    guard report.settings.mode == .deliver else { return }
    for index in attempts.indices.reversed()
    where attempts[index].status == nil && attempts[index].error == nil {
      if attempts[index].isPlanned, !life.isOver {
        lostNumber = attempts.remove(at: index).number
        // At once, whatever the clock shows now.
        life = DeliveryLife(.open(.queued), due: nil)
      } else {
        attempts[index].error = "lost with the double that has sent it"
      }
    }
  }
}
