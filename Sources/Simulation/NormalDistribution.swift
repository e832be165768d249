import Platform

/// The standard normal distribution.
enum NormalDistribution {
  /// The value below which a share of all values lies (the inverse of the cumulative distribution),
  /// by Acklam's rational approximation, whose relative error is below 1.2 · 10⁻⁹.
  ///
  /// - Parameter share: Above 0 and below 1.
  static func quantile(_ share: Double) -> Double {
    if share < lowTail { return tail((-2 * System.logarithm(share)).squareRoot()) }
    if share > 1 - lowTail { return -tail((-2 * System.logarithm(1 - share)).squareRoot()) }
    let centred = share - 0.5
    let square = centred * centred
    return centred * polynomial(middleNumerator, square)
      / (polynomial(middleDenominator, square) * square + 1)
  }

  /// Where the approximation of the lower tail ends.
  private static let lowTail = 0.02425

  private static func tail(_ value: Double) -> Double {
    polynomial(tailNumerator, value) / (polynomial(tailDenominator, value) * value + 1)
  }

  /// The coefficients stand from the highest power to the constant.
  private static func polynomial(_ coefficients: [Double], _ value: Double) -> Double {
    coefficients.reduce(0) { $0 * value + $1 }
  }

  private static let middleNumerator = [
    -3.969683028665376e+01, 2.209460984245205e+02, -2.759285104469687e+02,
    1.383577518672690e+02, -3.066479806614716e+01, 2.506628277459239e+00,
  ]
  private static let middleDenominator = [
    -5.447609879822406e+01, 1.615858368580409e+02, -1.556989798598866e+02,
    6.680131188771972e+01, -1.328068155288572e+01,
  ]
  private static let tailNumerator = [
    -7.784894002430293e-03, -3.223964580411365e-01, -2.400758277161838e+00,
    -2.549732539343734e+00, 4.374664141464968e+00, 2.938163982698783e+00,
  ]
  private static let tailDenominator = [
    7.784695709041462e-03, 3.224671290700398e-01, 2.445134137142996e+00,
    3.754408661907416e+00,
  ]
}
