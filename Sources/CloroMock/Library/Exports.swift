// What the library's own declarations are made of: `import CloroMock` is enough to write them.
@_exported import enum CloroContract.ContractRevision
@_exported import enum CloroContract.Provider
@_exported import enum JSON.JSON
@_exported import struct JSON.JSONObject
@_exported import enum Simulation.ClockMode
@_exported import enum Simulation.LatencyDistribution
@_exported import class Simulation.MockClock
@_exported import struct Simulation.Timestamp
