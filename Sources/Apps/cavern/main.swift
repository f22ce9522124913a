import Errors

StandardStreams.prepare()
let status = await Shell(root: CommandTree.root, surroundings: .ofProcess()).run(
  words: Array(CommandLine.arguments.dropFirst()))
StandardStreams.exit(status)
