import CloroMock
import HTTPServer
import JSON

/// The reader of agents' messages: what is refused has a code of JSON-RPC 2.0, and a request reads
/// the same when it is written anew from what was read. The fields that repeat a request over HTTP
/// are such that HTTP carries them, and agree with it.
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
      checkFields(method, params)
    } catch {
      require(-32700 ... -32600 ~= error.code.rawValue, "a code of its own")
      require(error.message.utf8.count <= 9000, "a message without bound")
    }
  }

  private static func checkFields(_ method: String, _ params: JSONObject) {
    do throws(AgentError) {
      let fields = try AgentEnvelope.fields(method, params)
      var wire: [UInt8] = []
      for field in fields {
        require(field.value.utf8.allSatisfy { 0x20...0x7E ~= $0 }, "a value that HTTP can't carry")
        wire += Array("\(field.name): \(field.value)\r\n".utf8)
      }
      try AgentEnvelope.check(method, params, HTTPFields(wire: wire))
      require(AgentEnvelope.marks(params), "a request without its marks is taken")
    } catch {
      // What was made of a message repeats it, unless it names no revision at all.
      require([-32601, -32602, -32022].contains(error.code.rawValue), "a code of its own")
      require(error.message.utf8.count <= 9000, "a message without bound")
    }
  }
}
