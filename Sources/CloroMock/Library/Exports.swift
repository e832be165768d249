// Types that the library's public declarations use, so that `import CloroMock` is enough.
@_exported import enum CloroContract.AnswerShapes
@_exported import enum CloroContract.AnswerVariety
@_exported import enum CloroContract.ContractRevision
@_exported import enum CloroContract.Provider
@_exported import enum CloroContract.UnknownMembers
@_exported import enum JSON.JSON
@_exported import struct JSON.JSONObject
@_exported import enum Simulation.ClockMode
@_exported import enum Simulation.LatencyDistribution
@_exported import class Simulation.MockClock
@_exported import struct Simulation.Timestamp
