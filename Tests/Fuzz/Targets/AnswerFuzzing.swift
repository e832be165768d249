@testable import HTTPServer

/// The reader of receivers' answers: it makes the same of the bytes however they are cut, it finds
/// an end only once, and what is no answer never becomes one.
enum AnswerFuzzing {
  /// What is known of an answer.
  private struct Reading: Equatable {
    let status: Int?
    let isMalformed: Bool
    let isWhole: Bool
    let hasEnded: Bool

    init(_ reader: AnswerReader) {
      status = reader.status
      isMalformed = reader.isMalformed
      isWhole = reader.isWhole
      hasEnded = reader.hasEnded
    }
  }

  static func check(_ bytes: [UInt8]) {
    let whole = reading(bytes, cutAt: [])
    require(!whole.isWhole || whole.hasEnded, "whole, but without an end")
    require(!whole.hasEnded || whole.status != nil, "an answer without a status has an end")
    require(whole.status.map { 200...599 ~= $0 } ?? true, "no final status: \(whole)")
    for cuts in Cuts.all(of: bytes) {
      require(reading(bytes, cutAt: cuts) == whole, "cut at \(cuts), it is another answer")
    }
    let longer = reading(bytes + [UInt8(ascii: "x")], cutAt: [bytes.count])
    require(!longer.isWhole || !whole.hasEnded, "what follows the end belongs to the answer")
    require(longer.hasEnded || !whole.hasEnded, "the end is forgotten")
    require(whole.status == nil || longer.status == whole.status, "the status has changed")
    require(longer.isMalformed || !whole.isMalformed, "what was no answer has become one")
  }

  private static func reading(_ bytes: [UInt8], cutAt cuts: [Int]) -> Reading {
    var (reader, start) = (AnswerReader(), 0)
    for end in cuts + [bytes.count] {
      bytes[start..<end].withUnsafeBufferPointer { reader.take($0) }
      start = end
    }
    return Reading(reader)
  }
}
