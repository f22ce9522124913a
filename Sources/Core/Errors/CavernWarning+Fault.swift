extension CavernWarning {
  /// A fault that did not stop the work, as a remark on it; its hint stands in brackets.
  public init(_ fault: CavernError) {
    self.init(
      fault.code, fault.hint.map { "\(fault.message) (\($0))" } ?? fault.message, file: fault.file, line: fault.line)
  }
}
