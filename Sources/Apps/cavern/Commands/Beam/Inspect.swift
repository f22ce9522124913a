import Arguments
import BeamInstrumentation
import Errors
import JSON
import Tables

extension Command {
  /// `cavern beam inspect`: what a file holds.
  static var beamInspect: Command {
    Command(
      "inspect", "Say what an acquisition file holds, without analysis.",
      examples: [
        Example("cavern beam inspect WS.parquet", "list devices, fields, sizes and time stamps"),
        Example("cavern beam inspect WS.parquet --json", "the same for a script"),
      ],
      arguments: [Argument("file", .file(["parquet"]), "File to look at.")],
      options: [.flag("fields", "List every field with its type.")]
    ) { arguments in
      let inspection = try AcquisitionInspection(path: try arguments.string("file"))
      let showsFields = arguments.flag("fields")
      return Report(
        status: inspection.faults.isEmpty ? .done : .partial, warnings: inspection.faults.map { CavernWarning($0) },
        result: inspection.json, text: text(inspection, showsFields, arguments.surroundings.width))
    }
  }

  private static func text(_ inspection: AcquisitionInspection, _ showsFields: Bool, _ width: Int) -> String {
    var text = "\(inspection.path)\n"
    text += "\(inspection.rowCount) \(inspection.rowCount == 1 ? "acquisition" : "acquisitions"), "
    text +=
      "\(inspection.columns.count) column\(inspection.columns.count == 1 ? "" : "s"), \(inspection.size) bytes, written by \(inspection.createdBy)\n\n"
    text += TextTable(
      columns: [.left("device/property"), .left("kind"), .left("state")],
      rows: inspection.columns.map { [$0.name, $0.kind.rawValue, $0.state] }
    ).text(width: width)
    for column in inspection.columns where showsFields {
      text += "\n\(column.name)\n"
      text += TextTable(
        columns: [.left("  field"), .left("type"), .left("size")],
        rows: column.fields.map { ["  " + $0.name, $0.type, $0.size] }
      ).text(width: width)
    }
    return text
  }
}
