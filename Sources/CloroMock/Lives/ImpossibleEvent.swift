/// An event that can't happen in the phase that a life is in: whoever reported it has a fault.
struct ImpossibleEvent: Error, Equatable, CustomStringConvertible {
  let event: String
  let phase: String

  var description: String { "\(event) can't happen to one that is \(phase)" }
}

/// Reports an event to a life, and ends the process when it is impossible there: going on would
/// only hide where the fault lies.
func certain<Value>(_ event: () throws(ImpossibleEvent) -> Value) -> Value {
  do throws(ImpossibleEvent) {
    return try event()
  } catch {
    fatalError("\(error)")
  }
}
