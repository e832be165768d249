/// The environment variables by which a client finds a double.
struct ClientVariables {
  /// The double's address, as a client on this machine can use it.
  let url: String
  /// The key that the client shall use.
  let key: String

  /// - Parameter url: The address that the double listens on, e.g. `http://0.0.0.0:8080`.
  init(url: String, key: String) {
    // Every address of this machine is meant, and loopback is the one that can be connected to on
    // every system.
    self.url =
      url
      .replacing("//0.0.0.0:", with: "//127.0.0.1:", maxReplacements: 1)
      .replacing("//[::]:", with: "//[::1]:", maxReplacements: 1)
    self.key = key
  }

  /// cloro's own two, and the double's.
  var all: [(name: String, value: String)] {
    [("CLORO_BASE_URL", url), ("CLORO_API_KEY", key), ("CLORO_MOCK_URL", url)]
  }
}
