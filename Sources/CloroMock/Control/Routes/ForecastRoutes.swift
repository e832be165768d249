import JSON

/// The route of forecasts.
enum ForecastRoutes {
  static let all = [
    ControlRoute(
      .post, "forecast", readsBody: true,
      action: .waiting { call throws(ControlError) in
        let operations = call.operations.forecast
        let order = try call.read {
          ForecastOperations.Order.read(&$0, in: operations.revision)
        }
        return ControlAnswer(body: try await operations.forecast(order).json)
      })
  ]
}
