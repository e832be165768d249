import JSON
import Simulation

extension MockConfiguration {
  /// A double with one of the built-in plans.
  ///
  /// - Parameters:
  ///   - plan: The plan's name, e.g. `free`; an unknown plan is refused at the start.
  ///   - clock: The default is `real`.
  public init(plan: String, clock: ClockMode = .real) {
    self.init()
    self.plan = plan
    self.clock = clock
  }

  /// A double with a plan of its own.
  ///
  /// - Parameters:
  ///   - fixture: The content of a fixture file, e.g. `["plan": "tight", "concurrency": 1]`.
  ///   - clock: The default is `real`.
  /// - Throws: `PlanCatalogue.Invalid` with everything that is wrong with it.
  public init(fixture: JSON, clock: ClockMode = .real) throws(PlanCatalogue.Invalid) {
    try self.init(fixtureFile: fixture.encoded, clock: clock)
  }

  /// A double with the plan of a fixture file.
  ///
  /// - Parameters:
  ///   - content: The file's bytes.
  ///   - name: The file's name in the texts of problems. The default is `fixture`.
  ///   - folder: Where the files are that its stubs name as `bodyFile`. The default is nil: they
  ///     may name none.
  ///   - clock: The default is `real`.
  /// - Throws: `PlanCatalogue.Invalid` with everything that is wrong with it.
  public init(
    fixtureFile content: some Sequence<UInt8>, name: String = "fixture", folder: String? = nil,
    clock: ClockMode = .real
  ) throws(PlanCatalogue.Invalid) {
    self.init()
    self.clock = clock
    try plans.add([(name, Array(content))], folder: { _ in folder })
  }
}
