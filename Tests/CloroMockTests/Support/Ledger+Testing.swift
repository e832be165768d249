@testable import Ledger

extension Ledger {
  /// Runs SQL on the ledger's own connection.
  func execute(_ sql: String) throws {
    try store.sync { (store) throws(LedgerError) in try store.database.execute(sql) }
  }

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
