extension MockServer {
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
}
