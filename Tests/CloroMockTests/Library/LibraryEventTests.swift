import CloroMock
import Testing

@Suite("The library's events", .timeLimit(.minutes(5)))
struct LibraryEventTests {
  @Test("come in order, filtered, from those asked for on, and end when the double stops")
  func stream() async throws {
    let last = try await withMock(plan: "hobby", clock: .manual) { mock in
      for path in ["/v1/credits", "/v1/countries"] { _ = try await mock.send("GET", path) }
      let events = try mock.events(path: "/v1/credits", since: 0)
      var iterator = events.makeAsyncIterator()
      #expect(await iterator.next()?.sequence == 1)
      for path in ["/v1/states?country=US", "/v1/credits"] {
        _ = try await mock.send("GET", path)
      }
      #expect(await iterator.next()?.sequence == 4)
      return Task { () -> MockServer.SeenRequest? in
        var iterator = events.makeAsyncIterator()
        return await iterator.next()
      }
    }
    #expect(await last.value == nil)
  }

  @Test("begin with the next request, and end with the reader's task")
  func next() async throws {
    try await withMock(plan: "hobby", clock: .manual) { mock in
      _ = try await mock.send("GET", "/v1/credits")
      var iterator = try mock.events().makeAsyncIterator()
      _ = try await mock.send("GET", "/v1/countries")
      #expect(await iterator.next()?.path == "/v1/countries")
      let waiting = Task { () -> MockServer.SeenRequest? in
        var iterator = try mock.events().makeAsyncIterator()
        return await iterator.next()
      }
      waiting.cancel()
      #expect(try await waiting.value == nil)
    }
  }

  @Test("say how many were dropped before, as the control API's stream does")
  func dropped() async throws {
    var configuration = MockConfiguration()
    configuration.journal.entries = 2
    try await withMock(configuration) { mock in
      var all = try mock.events().makeAsyncIterator()
      var some = try mock.events(path: "/v1/countries").makeAsyncIterator()
      for path in ["credits", "countries", "countries", "credits", "countries"] {
        _ = try await mock.send("GET", "/v1/\(path)")
      }
      let first = await all.next()
      #expect(first?.sequence == 4 && first?.droppedBefore == 3)
      let second = await all.next()
      #expect(second?.sequence == 5 && second?.droppedBefore == 0)
      let chosen = await some.next()
      #expect(chosen?.sequence == 5 && chosen?.droppedBefore == 2)
      #expect(try await mock.journal().entries.map(\.droppedBefore) == [0, 0])
    }
  }

  @Test("of an unknown key are refused")
  func unknown() async throws {
    try await withMock(plan: "hobby") { mock in
      #expect {
        _ = try mock.events(key: "sk_live_none")
      } throws: { ($0 as? MockServer.ControlRefusal)?.status == 404 }
    }
  }
}
