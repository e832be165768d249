import Bytes
import CloroContract
import JSON

/// Renders tasks in the contract's form.
struct TaskRenderer: Sendable {
  let library: ResultLibrary

  /// Appends `{task, credits, webhook?, response?}`.
  ///
  /// - Parameter includesWebhook: False for the body of a webhook itself.
  func write(_ task: TaskRecord, includesWebhook: Bool, to output: inout [UInt8]) {
    output.reserveCapacity(output.count + 512)
    output.append("{")
    Self.writeSummary(of: task, to: &output)
    if includesWebhook, let webhook = Self.webhook(of: task) {
      output.append(",\"webhook\":")
      webhook.write(to: &output)
    }
    if let end = task.life.end {
      output.append(",\"response\":")
      switch end.outcome {
      case .completed(.given(let bytes), _), .failed(let bytes): output.append(contentsOf: bytes)
      case .completed(.result, _): library.render(task.resultInput, to: &output)
      }
    }
    output.append("}")
  }

  /// Appends `"task":{…},"credits":{…}`: the text of ``summary(of:)`` and ``credits(of:)``, which
  /// costs a fifth of making those first.
  static func writeSummary(of task: TaskRecord, to output: inout [UInt8]) {
    output.append("\"task\":{\"id\":\"")
    output.append(contentsOf: task.id.text.utf8)
    output.append("\",\"taskType\":\"")
    output.append(contentsOf: task.request.provider.taskType.utf8)
    output.append("\",\"status\":\"")
    output.append(contentsOf: task.status.rawValue.utf8)
    output.append("\",\"priority\":")
    output.append(decimal: Int64(task.submission.priority))
    output.append(",\"createdAt\":\"")
    task.createdAt.write(to: &output)
    output.append("\"")
    if task.contract == .october2026 {
      output.append(",\"latencyMs\":")
      write(latency(of: task), to: &output)
    }
    if let key = task.submission.idempotencyKey {
      output.append(",\"idempotencyKey\":")
      JSON.write(key, to: &output)
    }
    output.append("},\"credits\":{\"creditsToCharge\":")
    output.append(decimal: task.creditsToCharge)
    output.append(",\"creditsCharged\":")
    write(task.creditsCharged, to: &output)
    output.append("}")
  }

  private static func write(_ number: Int64?, to output: inout [UInt8]) {
    if let number { output.append(decimal: number) } else { output.append("null") }
  }

  /// The members of a task (2026-07, section 8; `latencyMs` since 2026-10).
  static func summary(of task: TaskRecord) -> JSONObject {
    var object: JSONObject = [
      "id": .string(task.id.text),
      "taskType": .string(task.request.provider.taskType),
      "status": .string(task.status.rawValue),
      "priority": JSON(task.submission.priority),
      "createdAt": .string(task.createdAt.text),
    ]
    if task.contract == .october2026 { object.append("latencyMs", JSON(latency(of: task))) }
    if let key = task.submission.idempotencyKey { object.append("idempotencyKey", .string(key)) }
    return object
  }

  static func credits(of task: TaskRecord) -> JSON {
    [
      "creditsToCharge": .integer(task.creditsToCharge),
      "creditsCharged": JSON(task.creditsCharged),
    ]
  }

  /// From the first pick-up to the outcome, all attempts and what lies between them included; null
  /// before, and when it was never picked up.
  static func latency(of task: TaskRecord) -> Int64? {
    guard let end = task.life.end else { return nil }
    // A task completed by hand while it was queued took no time.
    guard let start = task.life.startedAt else { return task.status == .completed ? 0 : nil }
    return end.at.milliseconds - start.milliseconds
  }

  /// The webhook's state, for finished tasks that have one (2026-10).
  private static func webhook(of task: TaskRecord) -> JSON? {
    guard task.contract == .october2026, task.status.isFinal, let webhook = task.webhook else {
      return nil
    }
    return [
      "url": .string(webhook.url), "deliveredAt": JSON(webhook.deliveredAt?.text),
      "delivered": .bool(webhook.deliveredAt != nil),
    ]
  }
}

extension TaskRecord {
  /// The input from which its result is rendered.
  var resultInput: ResultRenderer.Input {
    ResultRenderer.Input(
      question: Question(request), revision: contract, style: style, seed: resultSeed,
      link: seed, origin: origin, stub: life.run?.stub?.result)
  }
}
