import JSON

extension CommandPath {
  /// The command and everything below it as JSON: the tree for tools that make menus, forms or documentation.
  public var json: JSONValue {
    let command = command
    var object = JSONObject([
      ("name", .string(command.name)), ("path", .string(text)), ("abstract", .string(command.abstract)),
      ("usage", .string(Usage.line(self))),
    ])
    if !command.discussion.isEmpty { object["discussion"] = .string(command.discussion) }
    if !command.examples.isEmpty {
      object["examples"] = .array(command.examples.map { ["line": .string($0.line), "meaning": .string($0.meaning)] })
    }
    if !command.arguments.isEmpty { object["arguments"] = .array(command.arguments.map(\.json)) }
    let options = command.options.filter { !$0.isHidden }
    if !options.isEmpty { object["options"] = .array(options.map(\.json)) }
    let shared = command.sharedOptions.filter { !$0.isHidden }
    if !shared.isEmpty { object["sharedOptions"] = .array(shared.map(\.json)) }
    if !command.visibleSubcommands.isEmpty {
      object["subcommands"] = .array(command.visibleSubcommands.map { appending($0).json })
    }
    return .object(object)
  }
}

extension Argument {
  /// The argument as JSON.
  var json: JSONValue {
    var object = JSONObject([("name", .string(name)), ("help", .string(help))])
    kind.describe(in: &object)
    switch count {
    case .one: object["count"] = "one"
    case .optional: object["count"] = "optional"
    case .repeating(let least):
      object["count"] = "repeating"
      object["atLeast"] = .integer(least)
    }
    return .object(object)
  }
}

extension Option {
  /// The option as JSON.
  var json: JSONValue {
    var object = JSONObject([("name", .string(name))])
    if let short { object["short"] = .string(String(short)) }
    object["help"] = .string(help)
    if let kind {
      object["valueName"] = .string(valueName)
      kind.describe(in: &object)
    } else {
      object["kind"] = "flag"
      if isInvertible { object["invertible"] = true }
    }
    if let defaultValue { object["default"] = .string(defaultValue) }
    if let defaultNote { object["defaultNote"] = .string(defaultNote) }
    if isRepeatable { object["repeatable"] = true }
    if let setting { object["setting"] = .string(setting) }
    return .object(object)
  }
}

extension ValueKind {
  /// Adds kind, choices and extensions to an object.
  fileprivate func describe(in object: inout JSONObject) {
    object["kind"] = .string(name)
    if case .list(let element) = self { object["element"] = .string(element.name) }
    if !choices.isEmpty {
      object["choices"] = .array(
        choices.map {
          $0.help.isEmpty ? ["name": .string($0.name)] : ["name": .string($0.name), "help": .string($0.help)]
        })
    }
    if case .file(let extensions) = self, !extensions.isEmpty {
      object["extensions"] = .array(extensions.map { .string($0) })
    }
  }
}
