import JSON

/// One tool: its name, what it tells agents of itself, and the control calls that it stands for.
struct AgentTool: Sendable {
  /// What a tool may do to the double. Tools touch nothing else, so none is open to the world.
  struct Effects: OptionSet, Sendable {
    let rawValue: Int
    /// It changes nothing.
    static let none = Effects(rawValue: 1)
    /// What it changes may be lost.
    static let destroys = Effects(rawValue: 2)
    /// Another call with the same arguments changes nothing more.
    static let settles = Effects(rawValue: 4)
  }

  let name: String
  let title: String
  let text: String
  /// The `operationId`s of its control calls.
  let calls: [String]
  var effects: Effects = []
  /// Whether it may wait, and therefore reports its progress.
  var waits = false
  /// Whether its result shows whole keys.
  var showsKeys = false

  /// All tools, in the order of a test: provoke, ask, explain, verify, judge.
  static let all = [
    AgentTool(
      name: "get_status", title: "State of the double",
      text: "The double's address, clock, organizations with credits and slots, and what runs.",
      calls: ["readClock", "listOrganizations", "listRequests"], effects: .none),
    AgentTool(
      name: "mint_key", title: "Mint a key",
      text: "Makes an API key with limits and credits of its own, for one test.",
      calls: ["mintKey"], showsKeys: true),
    AgentTool(
      name: "change_key", title: "Change a key",
      text: "Changes limits, plan or credits from the next request on, or revokes the key.",
      calls: ["changeKey"], effects: .destroys, showsKeys: true),
    AgentTool(
      name: "add_fault", title: "Make something go wrong",
      text: "Makes matching requests, tasks or webhooks fail; `times` says how often.",
      calls: ["addFault"], showsKeys: true),
    AgentTool(
      name: "add_response", title: "Say what is answered",
      text: "Answers matching questions with a result, mentions of brands or an error.",
      calls: ["addStub"], showsKeys: true),
    AgentTool(
      name: "list_rules", title: "List faults and responses",
      text: "The faults and responses that were added, with how often each has struck.",
      calls: ["listFaults", "listStubs"], effects: .none),
    AgentTool(
      name: "verify_requests", title: "Verify what was asked",
      text: "Says whether so many requests have come that match, or a sequence of them.",
      calls: ["verifyRequests"], effects: .none, waits: true),
    AgentTool(
      name: "explain_refusals", title: "Explain refusals",
      text: "The last refusals, newest first: why, by which rule of the contract, and what would "
        + "have avoided each.",
      calls: [], effects: .none),
    AgentTool(
      name: "read_journal", title: "Read the journal",
      text: "Requests with their answers and the reasons for them, newest last.",
      calls: ["readJournal"], effects: .none),
    AgentTool(
      name: "read_ledger", title: "Read the ledger",
      text: "An organization's balance, and each grant and charge.",
      calls: ["readLedger"], effects: .none),
    AgentTool(
      name: "list_tasks", title: "List tasks",
      text: "Asynchronous tasks in the order of submission.",
      calls: ["listTasks"], effects: .none),
    AgentTool(
      name: "drive_task", title: "Drive a task",
      text: "Completes or fails an unfinished task, or releases one that is held.",
      calls: ["completeTask", "failTask", "releaseTask"], effects: .destroys),
    AgentTool(
      name: "list_webhooks", title: "List webhook attempts",
      text: "Each attempt to deliver a task's report, and when the next one is due.",
      calls: ["listWebhooks"], effects: .none),
    AgentTool(
      name: "advance_clock", title: "Let time pass",
      text: "Moves the double's clock, which all share, and fires what falls due. With a manual "
        + "clock nothing happens by itself.",
      calls: ["advanceClock"], effects: .destroys, waits: true),
    AgentTool(
      name: "run_report", title: "Report of the run",
      text: "Credits, requests, refusals, and findings about how the client behaves.",
      calls: ["readReport"], effects: .none, waits: true),
    AgentTool(
      name: "forecast", title: "Forecast a workload",
      text: "Plays a workload against plans: when it would be done, and what it would cost.",
      calls: ["forecast"], effects: .none, waits: true),
    AgentTool(
      name: "reset", title: "Go back to the fixtures",
      text:
        "Drops minted keys, tasks, journal and rules; with `key` what its organization has done.",
      calls: ["reset"], effects: [.destroys, .settles]),
  ]

  /// What a task can be driven to, with the call that does it.
  static let drives = ["complete": "completeTask", "fail": "failTask", "release": "releaseTask"]

  /// The most refusals that are explained at once, and how many are by default.
  static let (mostRefusals, usualRefusals): (Int64, Int64) = (50, 10)

  /// The tool as it is listed.
  func json(_ schemas: AgentSchemas) -> JSON {
    let readsOnly = effects.contains(.none)
    return [
      "name": .string(name), "title": .string(title), "description": .string(text),
      "inputSchema": input(schemas), "outputSchema": output(schemas),
      "annotations": [
        "title": .string(title), "readOnlyHint": .bool(readsOnly),
        "destructiveHint": .bool(effects.contains(.destroys)),
        "idempotentHint": .bool(readsOnly || effects.contains(.settles)),
        "openWorldHint": false,
      ],
    ]
  }

  /// The names of its arguments.
  func arguments(_ schemas: AgentSchemas) -> [String] {
    input(schemas)["properties"]?.object?.members.map(\.name) ?? []
  }

  private func input(_ schemas: AgentSchemas) -> JSON {
    let key: JSON = [
      "type": "string", "description": "Narrows to the organization of this key.",
    ]
    switch name {
    case "get_status", "list_rules":
      return [
        "type": "object", "properties": ["key": key], "additionalProperties": false,
      ]
    case "explain_refusals":
      return [
        "type": "object",
        "properties": [
          "key": key,
          "limit": [
            "type": "integer", "minimum": 1, "maximum": .integer(Self.mostRefusals),
            "default": .integer(Self.usualRefusals), "description": "The last so many.",
          ],
        ], "additionalProperties": false,
      ]
    case "drive_task":
      return schemas.input(
        of: calls,
        own: [
          "id": ["type": "string", "description": "A task."],
          "action": [
            "type": "string", "enum": ["complete", "fail", "release"],
            "description": "`complete` takes result, `fail` takes code and message.",
          ],
        ]
      ).restricted
    default: return schemas.input(of: calls)
    }
  }

  private func output(_ schemas: AgentSchemas) -> JSON {
    let count: JSON = ["type": "integer", "minimum": 0]
    switch name {
    case "get_status":
      return schemas.output([
        "type": "object", "required": ["url", "contract", "clock", "organizations", "running"],
        "additionalProperties": false,
        "properties": [
          "url": ["type": "string"], "contract": ["$ref": "#/components/schemas/Revision"],
          "clock": ["$ref": "#/components/schemas/Clock"],
          "organizations": [
            "type": "array", "items": ["$ref": "#/components/schemas/OrganizationState"],
          ],
          "organizationCount": count, "running": count, "held": count,
        ],
      ])
    case "list_rules":
      return schemas.output([
        "type": "object", "required": ["faults", "responses"], "additionalProperties": false,
        "properties": [
          "faults": ["type": "array", "items": ["$ref": "#/components/schemas/Fault"]],
          "responses": ["type": "array", "items": ["$ref": "#/components/schemas/Stub"]],
          "faultCount": count, "responseCount": count,
        ],
      ])
    case "explain_refusals":
      let text: JSON = ["type": ["string", "null"]]
      return [
        "type": "object", "required": ["refusals", "dropped"], "additionalProperties": false,
        "properties": [
          "refusals": [
            "type": "array",
            "items": [
              "type": "object", "required": ["sequence", "at", "status", "reason", "ruleId"],
              "additionalProperties": false,
              "properties": [
                "sequence": count, "at": ["type": "string"], "requestId": text, "key": text,
                "organization": text, "method": text, "path": text,
                "status": ["type": ["integer", "null"]], "reason": ["type": "string"],
                "ruleId": [
                  "type": ["string", "null"],
                  "description": "Of the contract's rules; null when none of them decided.",
                ],
                "ruleText": text, "avoid": ["type": "string"],
              ],
            ],
          ],
          "dropped": count,
        ],
      ]
    default: return schemas.output(of: calls[0])
    }
  }
}

extension JSON {
  /// The schema of `drive_task`: each action takes its own arguments.
  fileprivate var restricted: JSON {
    guard var object else { return self }
    func unless(_ action: String, _ names: [String]) -> JSON {
      [
        "if": ["properties": ["action": ["const": .string(action)]], "required": ["action"]],
        "else": ["properties": .object(JSONObject(names.map { .init($0, false) }))],
      ]
    }
    object.append("if", true)
    object.append(
      "then",
      ["allOf": [unless("complete", ["result"]), unless("fail", ["code", "message"])]])
    return .object(object)
  }
}
