import Foundation

/// The processors that this process may use.
public enum Processors {
  /// Their number, at least 1: what the affinity of the process leaves, as `taskset` and batch systems set it.
  public static var available: Int {
    let all = max(1, ProcessInfo.processInfo.activeProcessorCount)
    guard let status = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8),
      let line = status.split(separator: "\n").first(where: { $0.hasPrefix("Cpus_allowed_list:") }),
      let count = count(inList: line.dropFirst("Cpus_allowed_list:".count))
    else { return all }
    return count
  }

  /// The number of processors in a list of the kernel's form, such as `0-3,8`; `nil` for anything else and for none.
  static func count(inList text: some StringProtocol) -> Int? {
    var count = 0
    for part in text.split(separator: ",") {
      let ends = part.split(separator: "-").map { Int($0.trimmingCharacters(in: .whitespacesAndNewlines)) }
      guard ends.count <= 2, let first = ends.first ?? nil, let last = ends.last ?? nil, first >= 0, last >= first
      else { return nil }
      count += last - first + 1
    }
    return count > 0 ? count : nil
  }
}
