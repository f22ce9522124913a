import Arguments
import Errors
import Instruments
import JSON
import Tables

extension Command {
  /// `cavern scope info`: the descriptor alone.
  static var scopeInfo: Command {
    Command(
      "info", "Print the descriptor of a waveform file, also of a damaged one.",
      discussion: """
        Only the 346 bytes of the descriptor have to be there. What keeps the samples from being decoded is a warning \
        under the name that 'cavern scope decode' refuses the file with.
        """,
      examples: [Example("cavern scope info C2-00000.trc", "print every field with its meaning")],
      arguments: [Argument("file", .file(["trc", "bin"]), "The waveform.")]
    ) { arguments in
      let path = try arguments.string("file")
      let bytes = try FileBytes.read(path)
      let found: (descriptor: WaveDescriptor, fault: CavernError?)
      do throws(CavernError) {
        found = try Waveform.descriptor(of: bytes)
      } catch {
        throw ScopeFiles.named(error, path, arguments)
      }
      let warnings = found.fault.map { [CavernWarning($0.inFile(path))] } ?? []
      let result: JSONValue = [
        "file": .string(ScopeFiles.name(path)), "bytes": .integer(bytes.count),
        "state": .string(found.fault?.code ?? "ok"), "descriptor": found.descriptor.json,
        "meanings": found.descriptor.meaningsJSON,
      ]
      let rows = WaveDescriptorField.all.map { field in
        [field.name, text(of: field, found.descriptor), meaning(of: field, found.descriptor)]
      }
      return Report(
        warnings: warnings, result: result,
        text: TextTable(columns: [.left("field"), .left("value"), .left("meaning")], rows: rows).text(width: .max))
    }
  }

  private static func text(of field: WaveDescriptorField, _ descriptor: WaveDescriptor) -> String {
    if field.storage == .timeStamp { return descriptor.triggerTime.text }
    let value = descriptor.value(of: field)
    return value.stringValue ?? value.text()
  }

  private static func meaning(of field: WaveDescriptorField, _ descriptor: WaveDescriptor) -> String {
    guard field.storage == .enumeration, let number = descriptor.value(of: field).intValue else { return "" }
    return WaveEnumeration.meaning(of: number, in: field.name)
  }
}
