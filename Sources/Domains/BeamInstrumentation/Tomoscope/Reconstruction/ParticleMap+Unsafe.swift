import Dispatch

/// Where the test particles of every cell are in every frame: the sparse matrix of the tomography.
///
/// Cells are taken in blocks. A block stores, frame after frame and cell after cell, the bins its particles fall into with their
/// number, packed into an `Int32` each (bin · 256 + number), contiguous, with an offset for every cell and frame. A particle that
/// left the window in some frame is missing there. Each block is filled from its own particles only, so the map does not depend on
/// the number of threads.
struct ParticleMap: Sendable {
  /// Cells in a block.
  static let blockSize = 128

  /// One block of cells.
  struct Block: Sendable {
    /// First cell.
    var firstCell: Int
    /// Number of cells.
    var count: Int
    /// Bins and numbers.
    var entries: [Int32]
    /// Entries of cell `c` in frame `f` begin at `offsets[f · count + c]`; one more at the end.
    var offsets: [Int32]
  }

  var blocks: [Block]
  let frames: Int
  let bins: Int
  let particlesPerCell: Int

  /// Tracks the particles of all cells from one frame to all others.
  init(
    grid: PhaseSpaceGrid, motion: LongitudinalMotion, firstFrame: Int, frames: Int, start: Int, side: Int, threads: Int
  ) {
    self.frames = frames
    bins = grid.columns
    particlesPerCell = side * side
    let tracker = ParticleTracker(
      grid: grid, motion: motion, firstFrame: firstFrame, frames: frames, start: start, side: side)
    let count = (grid.cells.count + Self.blockSize - 1) / Self.blockSize
    blocks = [Block](repeating: Block(firstCell: 0, count: 0, entries: [], offsets: []), count: count)
    blocks.withUnsafeMutableBufferPointer { buffer in
      // Every iteration writes the blocks of its own stride only; the buffer outlives `concurrentPerform`.
      nonisolated(unsafe) let target = buffer
      let parts = max(1, min(threads, count))
      DispatchQueue.concurrentPerform(iterations: parts) { part in
        for block in stride(from: part, to: count, by: parts) {
          let first = block * Self.blockSize
          let cells = grid.cells[first..<min(first + Self.blockSize, grid.cells.count)]
          target[block] = tracker.block(cells, firstCell: first)
        }
      }
    }
  }

  /// Projects weights: for each frame the sum over the cells in each bin, frames × bins.
  func project(_ weights: [Float], into profiles: inout [Float], threads: Int) {
    let scale = 1 / Float(particlesPerCell)
    profiles.withUnsafeMutableBufferPointer { profiles in
      nonisolated(unsafe) let target = profiles
      weights.withUnsafeBufferPointer { weights in
        nonisolated(unsafe) let source = weights
        let parts = max(1, min(threads, frames))
        // Each frame is summed by one thread in the order of the cells: the same bits for any number of threads.
        DispatchQueue.concurrentPerform(iterations: parts) { part in
          for frame in stride(from: part, to: frames, by: parts) {
            projectFrame(frame, source, target, scale)
          }
        }
      }
    }
  }

  private func projectFrame(
    _ frame: Int, _ weights: UnsafeBufferPointer<Float>, _ target: UnsafeMutableBufferPointer<Float>, _ scale: Float
  ) {
    withUnsafeTemporaryAllocation(of: Double.self, capacity: bins) { sums in
      sums.initialize(repeating: 0)
      for block in blocks {
        block.entries.withUnsafeBufferPointer { entries in
          block.offsets.withUnsafeBufferPointer { offsets in
            for cell in 0..<block.count {
              let weight = weights[block.firstCell + cell]
              if weight == 0 { continue }
              let place = frame * block.count + cell
              // Offsets delimit entries of this block, and bins in them are below `bins` (see ParticleTracker.block).
              for entry in Int(offsets[place])..<Int(offsets[place + 1]) {
                let packed = entries[entry]
                sums[Int(packed >> 8)] += Double(weight * Float(packed & 255))
              }
            }
          }
        }
      }
      for bin in 0..<bins { target[frame * bins + bin] = Float(sums[bin]) * scale }
    }
  }

  /// Back-projects profiles: for each cell the sum over frames of the profile where its particles are.
  func backProject(_ profiles: [Float], into weights: inout [Float], threads: Int) {
    let scale = 1 / Float(particlesPerCell)
    weights.withUnsafeMutableBufferPointer { weights in
      nonisolated(unsafe) let target = weights
      profiles.withUnsafeBufferPointer { profiles in
        nonisolated(unsafe) let source = profiles
        let parts = max(1, min(threads, blocks.count))
        DispatchQueue.concurrentPerform(iterations: parts) { part in
          for index in stride(from: part, to: blocks.count, by: parts) {
            let block = blocks[index]
            block.entries.withUnsafeBufferPointer { entries in
              block.offsets.withUnsafeBufferPointer { offsets in
                for cell in 0..<block.count { target[block.firstCell + cell] = 0 }
                for frame in 0..<frames {
                  let row = frame * bins
                  for cell in 0..<block.count {
                    let place = frame * block.count + cell
                    var sum: Float = 0
                    // As in `projectFrame`.
                    for entry in Int(offsets[place])..<Int(offsets[place + 1]) {
                      let packed = entries[entry]
                      sum += source[row + Int(packed >> 8)] * Float(packed & 255)
                    }
                    target[block.firstCell + cell] += sum * scale
                  }
                }
              }
            }
          }
        }
      }
    }
  }
}
