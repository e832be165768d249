import JSON

extension MockServer {
  /// Plays a load against plans, and says what each would make of it (`POST /_mock/forecast`).
  /// Nothing of the double is touched.
  ///
  /// - Parameter load: The members that <doc:PlanForecast> names: `tasks`, `sync` or `report`, and
  ///   how to play it.
  /// - Throws: ``ControlRefusal`` 400 for values that can't be used, and for a load that takes too
  ///   long to play.
  public func forecast(_ load: JSON) async throws(ControlRefusal) -> Forecast {
    try await performWaiting { control throws(ControlError) in
      let order = try ControlError.read(load) {
        ForecastOperations.Order.read(&$0, in: control.forecast.revision)
      }
      return try await control.forecast.forecast(order)
    }
  }
}
