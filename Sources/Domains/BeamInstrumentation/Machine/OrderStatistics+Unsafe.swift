/// The median of values in any order; the mean of the two middle ones of an even number; NaN of none.
///
/// - Complexity: O(n) on average; reorders `values`.
func median(of values: inout [Double]) -> Double {
  guard !values.isEmpty else { return .nan }
  let middle = values.count / 2
  let upper = orderStatistic(middle, of: &values)
  guard values.count % 2 == 0 else { return upper }
  // After the selection everything before `middle` is not larger.
  var lower = values[0]
  for index in 1..<middle where values[index] > lower { lower = values[index] }
  return (lower + upper) / 2
}

/// The value that would stand at `rank` if the values were sorted; values before that place are then not larger, those
/// behind it not smaller.
///
/// Hoare's selection with the median of three as pivot.
///
/// - Parameter rank: from 0, inside the array.
/// - Complexity: O(n) on average; reorders `values`.
func orderStatistic(_ rank: Int, of values: inout [Double]) -> Double {
  precondition(values.indices.contains(rank))
  return values.withUnsafeMutableBufferPointer { select(rank, of: $0) }
}

/// As `orderStatistic`, on memory that the caller lends.
///
/// `low` and `high` stay inside the buffer: they begin at its ends and only move towards each other. `left` does not pass
/// `high` nor `right` pass `low` in a sweep, as the pivot, or a value that was swapped there, stops each: Hoare's scheme,
/// which holds for values that are ordered. A NaN stops both at once.
private func select(_ rank: Int, of values: UnsafeMutableBufferPointer<Double>) -> Double {
  var low = 0
  var high = values.count - 1
  while low < high {
    let middle = low + (high - low) / 2
    if values[middle] < values[low] { values.swapAt(middle, low) }
    if values[high] < values[low] { values.swapAt(high, low) }
    if values[high] < values[middle] { values.swapAt(high, middle) }
    let pivot = values[middle]
    var left = low
    var right = high
    while left <= right {
      while values[left] < pivot { left += 1 }
      while pivot < values[right] { right -= 1 }
      if left <= right {
        values.swapAt(left, right)
        left += 1
        right -= 1
      }
    }
    if rank <= right {
      high = right
    } else if rank >= left {
      low = left
    } else {
      break
    }
  }
  return values[rank]
}
