import Platform
import Synchronization

/// Copies what stands in the WAL into the file, on a thread and a connection of its own, so that
/// the ledger's queue needn't wait for the disk.
///
/// SQLite does that by itself, in the commit that makes the WAL too long. For charges it is little,
/// because they follow each other in the file. A deletion changes a page here and a page there.
final class Checkpointer: Sendable {
  private let queue = SerialQueue()
  /// nil once it is closed.
  private let database: Mutex<Database?>

  /// - Parameter path: A ledger's file that this process has opened for writing.
  init(path: String) throws(LedgerError) {
    database = Mutex(try Database(path: path, access: .readWrite))
  }

  /// Starts its thread. Without this call the first job does.
  func start() throws(SystemError) { try queue.start() }

  /// Copies what stands in the WAL by now, as far as no reader needs it.
  ///
  /// - Parameter completion: Called when that is done, with the number of pages in the WAL, copied
  ///   or not; or has failed, with 0: then a commit does it.
  func run(completion: @escaping @Sendable (_ pages: Int64) -> Void) {
    queue.async { [self] in
      let pages = database.withLock { database in
        try? database.map { (database) throws(LedgerError) in try database.checkpoint() }
      }
      completion((pages ?? nil) ?? 0)
    }
  }

  /// Closes the connection; later calls do nothing.
  func close() {
    database.withLock { database in
      database?.close()
      database = nil
    }
  }
}
