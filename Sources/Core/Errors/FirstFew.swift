extension Collection {
  /// The first elements in a sentence, `a, b, …` when there are more.
  ///
  /// - Parameter most: how many are named.
  public func firstFew(_ most: Int) -> String {
    prefix(most).map { "\($0)" }.joined(separator: ", ") + (count > most ? ", …" : "")
  }
}
