import JSON
import Simulation

extension MockServer {
  /// A saved state.
  public struct Snapshot: Sendable, Hashable {
    /// Its name.
    public let name: String
    /// When it was taken, on the double's clock.
    public let at: Timestamp
    /// The names of the organizations that it holds.
    public let organizations: [String]
  }

  /// The snapshots, sorted by their names (`GET /_mock/snapshots`).
  ///
  /// - Parameter key: Narrows to those that hold this key's organization. The default is nil.
  /// - Throws: ``ControlRefusal`` 404 when there is no such key.
  public func snapshots(key: String? = nil) async throws(ControlRefusal) -> [Snapshot] {
    try await perform { control throws(ControlError) in
      control.state.saved(of: try control.keys.narrowed(to: key)).map { name, snapshot in
        Snapshot(
          name: name, at: snapshot.at, organizations: snapshot.organizations.map(\.name))
      }
    }
  }

  /// Stores the whole state in memory under a name, and replaces an earlier snapshot of that name
  /// (`POST /_mock/snapshots/{name}`).
  ///
  /// - Parameters:
  ///   - name: Any name.
  ///   - key: Stores only the state of this key's organization. The default is nil.
  /// - Throws: ``ControlRefusal`` 404 when there is no such key.
  public func snapshot(_ name: String, key: String? = nil) async throws(ControlRefusal) {
    try await perform { control throws(ControlError) in
      _ = try control.state.save(name, of: control.keys.narrowed(to: key))
    }
  }

  /// Restores a snapshot (`POST /_mock/snapshots/{name}/restore`).
  ///
  /// - Parameters:
  ///   - name: The snapshot's name.
  ///   - key: Restores only this key's organization. The default is nil.
  /// - Throws: ``ControlRefusal`` 404 when there is no such snapshot or key.
  public func restore(_ name: String, key: String? = nil) async throws(ControlRefusal) {
    try await perform { control throws(ControlError) in
      _ = try control.state.restore(name, of: key)
    }
  }

  /// Removes a snapshot (`DELETE /_mock/snapshots/{name}`).
  ///
  /// - Throws: ``ControlRefusal`` 404 when there is no such snapshot.
  public func removeSnapshot(_ name: String) async throws(ControlRefusal) {
    try await perform { control throws(ControlError) in try control.state.remove(name) }
  }

  /// A snapshot as a readable JSON document (`GET /_mock/snapshots/{name}`), which another double
  /// can be given as ``MockConfiguration/snapshot`` or by ``upload(_:_:)``. Keys and webhooks'
  /// secrets stand in it.
  ///
  /// - Parameters:
  ///   - name: The snapshot's name.
  ///   - key: Narrows it to this key's organization. The default is nil.
  /// - Throws: ``ControlRefusal`` 404 when there is no such snapshot or key.
  public func download(_ name: String, key: String? = nil) async throws(ControlRefusal) -> JSON {
    try await perform { control throws(ControlError) in
      try control.state.document(name, of: key)
    }
  }

  /// Stores a document as a snapshot, and replaces an earlier one of that name
  /// (`PUT /_mock/snapshots/{name}`); ``restore(_:key:)`` then brings it back.
  ///
  /// - Throws: ``ControlRefusal`` 400 with every problem, 409 when there is no room for it.
  public func upload(_ name: String, _ document: JSON) async throws(ControlRefusal) {
    try await perform { control throws(ControlError) in
      _ = try control.state.upload(name, document)
    }
  }
}
