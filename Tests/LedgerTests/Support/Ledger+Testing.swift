import Dispatch

@testable import Ledger

extension Ledger {
  @discardableResult
  func make(
    _ name: String = "demo", plan: String = "hobby", settings: String = "{}",
    grant: Int64 = 1_000, at: Int64 = 1
  ) throws -> Account {
    try createOrganization(named: name, plan: plan, settings: settings, grant: grant, at: at)
  }

  func charge(_ charge: Charge) async -> ChargeOutcome {
    await withCheckedContinuation { continuation in
      self.charge(charge) { continuation.resume(returning: $0) }
    }
  }

  func charge(contentsOf charges: [Charge]) async -> [ChargeOutcome] {
    await withCheckedContinuation { continuation in
      self.charge(contentsOf: charges) { continuation.resume(returning: $0) }
    }
  }

  func write(_ documents: [Document]) async -> LedgerError? {
    await withCheckedContinuation { continuation in
      self.write(documents) { continuation.resume(returning: $0) }
    }
  }

  /// The identifiers of an account's documents of a kind.
  func ids(of account: Account?, kind: Int64 = 1) throws -> [String] {
    try documents(of: account?.id ?? 0, kind: kind).map(\.id)
  }

  /// Runs SQL on the ledger's own connection.
  func execute(_ sql: String) throws {
    try store.sync { (store) throws(LedgerError) in try store.database.execute(sql) }
  }

  /// Blocks the ledger's queue while `body` runs, so that its charges arrive together.
  func whileBusy(_ body: () throws -> Void) rethrows {
    let gate = DispatchSemaphore(value: 0)
    queue.async { gate.wait() }
    defer { gate.signal() }
    try body()
  }
}

extension Ledger.Retention {
  /// So many entries of each organization, and as many in a snapshot unless told otherwise.
  static func of(_ kept: Int, inSnapshot: Int? = nil) -> Ledger.Retention {
    Ledger.Retention(
      total: kept, perOrganization: kept...kept, inSnapshot: inSnapshot ?? kept)
  }
}

extension Charge {
  static func make(
    _ account: Account, _ amount: Int64 = 7, at: Int64 = 2,
    endpoint: String = "POST /v1/monitor/chatgpt", requestID: String? = nil, taskID: String? = nil,
    documents: [Ledger.Document] = []
  ) -> Charge {
    Charge(
      account: account, amount: amount, at: at, endpoint: endpoint,
      requestID: requestID, taskID: taskID, documents: documents)
  }
}

extension ChargeOutcome {
  var isCharged: Bool {
    if case .charged = self { true } else { false }
  }
}

extension Ledger {
  /// Makes each transaction fail at one of its writes, as on a disk that becomes full.
  ///
  /// - Parameter number: How many rows it may write before; by default any number.
  func failAtWrite(_ number: Int = .max) throws {
    var sql = """
      CREATE TABLE IF NOT EXISTS countdown (left INTEGER NOT NULL);
      DELETE FROM countdown; INSERT INTO countdown VALUES (\(number));
      """
    // What a transaction has counted is undone with it, so that each one counts anew.
    for table in ["organization", "api_key", "entry", "document"] {
      for change in ["INSERT", "UPDATE", "DELETE"] {
        sql += """
          CREATE TRIGGER IF NOT EXISTS \(change)_\(table) BEFORE \(change) ON \(table) BEGIN
            SELECT CASE WHEN (SELECT left FROM countdown) <= 0 THEN RAISE(ABORT, 'full') END;
            UPDATE countdown SET left = left - 1;
          END;
          """
      }
    }
    try execute(sql)
  }
}
