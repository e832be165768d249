// What the library's own declarations are made of: `import CloroMock` is enough to write them.
@_exported import enum CloroContract.ContractRevision
@_exported import enum CloroContract.Provider
@_exported import enum JSON.JSON
@_exported import struct JSON.JSONObject
