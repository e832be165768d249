/// The body of a monitor's success.
enum MonitorAnswer {
  static func render(_ input: ResultRenderer.Input, _ library: ResultLibrary) -> [UInt8] {
    var body: [UInt8] = []
    body.reserveCapacity(4096)
    body.append("{\"success\":true,\"result\":")
    library.render(input, to: &body)
    body.append("}")
    return body
  }
}
