/// An event that can't happen in the present phase, so its reporter has a programming error.
struct ImpossibleEvent: Error, Equatable, CustomStringConvertible {
  let event: String
  let phase: String

  var description: String { "\(event) can't happen to one that is \(phase)" }
}

/// Reports an event, and ends the process if the event is impossible: to continue would only hide
/// the error.
func certain<Value>(_ event: () throws(ImpossibleEvent) -> Value) -> Value {
  do throws(ImpossibleEvent) {
    return try event()
  } catch {
    fatalError("\(error)")
  }
}
