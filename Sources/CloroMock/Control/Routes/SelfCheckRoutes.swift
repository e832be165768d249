import JSON

/// The route of the double's check of itself.
enum SelfCheckRoutes {
  static let all = [
    ControlRoute(.get, "selfcheck") { call throws(ControlError) in
      ControlAnswer(body: json(try call.operations.selfCheck.report()))
    }
  ]

  private static func json(_ report: SelfCheckOperations.Report) -> JSON {
    [
      "consistent": .bool(report.problems.isEmpty),
      "problems": .array(report.problems.map(JSON.string)),
      "organizations": JSON(report.organizations),
      "keys": JSON(report.keys),
      "slots": ["requests": JSON(report.slots.requests), "tasks": JSON(report.slots.tasks)],
      "tasks": [
        "queued": JSON(report.tasks.queued), "processing": JSON(report.tasks.processing),
        "finished": JSON(report.tasks.finished),
      ],
    ]
  }
}
