/// Where cloro's own API is, for a double that is asked as a proxy.
public enum ServiceAddress {
  /// The host's name.
  public static let host = "api.cloro.dev"
  /// The port of https, which is the only one that it has.
  public static let port = 443
}
