/// What a double does as a proxy, so that programs that know only `https://api.cloro.dev` find it.
public enum ProxyMode: String, Sendable, CaseIterable {
  /// It is none: `CONNECT` gets 405.
  case off
  /// It answers for `api.cloro.dev`, and refuses every other host.
  case intercept
  /// It answers for `api.cloro.dev`, and lets every other host through, without looking at what is
  /// sent.
  case tunnel

  /// What holds for requests that are meant for a proxy; nil when the double is none.
  func rules(token: String?, host: String, address: BoundAddress) -> ProxyRules? {
    self == .off
      ? nil
      : ProxyRules(letsThrough: self == .tunnel, token: token, ownName: host) {
        [address.port, address.tlsPort].compactMap(\.self)
      }
  }
}
