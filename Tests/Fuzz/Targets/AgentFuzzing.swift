import CloroMock
import JSON

/// The reader of agents' messages: what is refused has a code of JSON-RPC 2.0, and a request reads
/// the same when it is written anew from what was read.
enum AgentFuzzing {
  static func check(_ bytes: [UInt8]) {
    do throws(AgentError) {
      guard case .request(let id, let method, let params) = try AgentMessage(parsing: bytes) else {
        return
      }
      switch id {
      case .string, .integer: break
      default: fatalError("an identifier of another type")
      }
      let written: JSON = [
        "jsonrpc": "2.0", "id": id, "method": .string(method), "params": .object(params),
      ]
      let again: AgentMessage
      do throws(AgentError) {
        again = try AgentMessage(parsing: written.encoded)
      } catch {
        fatalError("what was written is refused: \(error.message)")
      }
      guard case .request(id, method, params) = again else { fatalError("it reads otherwise") }
    } catch {
      require(-32700 ... -32600 ~= error.code.rawValue, "a code of its own")
      require(error.message.utf8.count <= 9000, "a message without bound")
    }
  }
}
