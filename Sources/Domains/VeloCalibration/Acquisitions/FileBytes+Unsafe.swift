import CArchive
import Errors
import Glibc
import SharedLibraries

/// A buffer that grows and is used again for file after file.
final class FileBytes {
  private var memory: UnsafeMutableRawPointer
  private var capacity: Int
  private(set) var count = 0

  init(capacity: Int = 1 << 18) {
    self.capacity = capacity
    memory = .allocate(byteCount: capacity, alignment: 64)
  }

  deinit { memory.deallocate() }

  /// The bytes read last.
  var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: memory, count: count) }

  private func grow(to size: Int) {
    guard size > capacity else { return }
    let more = UnsafeMutableRawPointer.allocate(byteCount: max(size, 2 * capacity), alignment: 64)
    more.copyMemory(from: memory, byteCount: count)
    memory.deallocate()
    memory = more
    capacity = max(size, 2 * capacity)
  }

  /// A text of 65,536 counts has at most 11 characters a count; more is not read.
  static var limit: Int { 4 << 20 }

  /// Reads a plain file; `nil`, or what is wrong.
  func read(path: String) -> String? {
    count = 0
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return reason(errno) }
    defer { close(descriptor) }
    var information = stat()
    guard fstat(descriptor, &information) == 0 else { return reason(errno) }
    grow(to: min(Int(information.st_size), Self.limit) + 1)
    while true {
      // There is always a free byte, so that the end of the file is seen.
      let got = Glibc.read(descriptor, memory + count, capacity - count)
      if got == 0 { return nil }
      if got < 0 {
        if errno == EINTR { continue }
        return reason(errno)
      }
      count += got
      if count > Self.limit { return "longer than 4 MiB" }
      if count == capacity { grow(to: capacity + 1) }
    }
  }

  /// Reads what an archive has to say about its present entry; `nil`, or what is wrong.
  func read(entryOf archive: OpaquePointer) -> String? {
    count = 0
    while true {
      grow(to: count + (1 << 16))
      // At most the free part of the buffer is written.
      let got = archive_read_data(archive, memory + count, capacity - count)
      if got == 0 { return nil }
      if got < 0 { return archive_error_string(archive).map { String(cString: $0) } ?? "damaged" }
      count += got
      if count > Self.limit { return "longer than 4 MiB" }
    }
  }

  private func reason(_ code: Int32) -> String { strerror(code).map { String(cString: $0) } ?? "error \(code)" }
}

/// An archive or compressed file read from the beginning to the end, whatever its compression.
final class ArchiveStream {
  private let archive: OpaquePointer
  let path: String
  /// The present file as it stands in the archive, when it is compressed itself.
  private lazy var packed = FileBytes()
  private var isPacked = false
  private let isTar: Bool

  /// Opens a tar archive, or any compressed file as one entry.
  ///
  /// - Throws: `archive.cannotRead` (exit 65 or 66).
  init(path: String, isTar: Bool) throws(CavernError) {
    try SharedLibrary.archive.load()
    self.path = path
    self.isTar = isTar
    guard let archive = archive_read_new() else {
      throw CavernError("archive.cannotRead", "no memory for the archive", exit: .internal, file: path)
    }
    self.archive = archive
    if isTar {
      archive_read_support_filter_all(archive)
      archive_read_support_format_tar(archive)
    } else {
      Self.supportRaw(archive)
    }
    guard archive_read_open_filename(archive, path, 1 << 20) == ARCHIVE_OK else {
      let message = fault
      archive_read_free(archive)
      throw CavernError("archive.cannotRead", "the archive cannot be read: \(message)", exit: .badData, file: path)
    }
  }

  deinit { archive_read_free(archive) }

  private var fault: String { archive_error_string(archive).map { String(cString: $0) } ?? "unknown fault" }

  /// The last part of the name of the next file; `nil` at the end.
  ///
  /// - Throws: `archive.damaged` (exit 65).
  func next() throws(CavernError) -> String? {
    while true {
      var entry: OpaquePointer?
      let outcome = archive_read_next_header(archive, &entry)
      if outcome == ARCHIVE_EOF { return nil }
      guard outcome == ARCHIVE_OK || outcome == ARCHIVE_WARN, let entry else {
        throw CavernError("archive.damaged", "the archive is damaged: \(fault)", exit: .badData, file: path)
      }
      // File type bits as in stat: regular files only.
      guard UInt32(archive_entry_filetype(entry)) & 0o170000 == 0o100000 || archive_entry_filetype(entry) == 0 else {
        continue
      }
      let path = archive_entry_pathname(entry).map { String(cString: $0) } ?? ""
      let name = path.split(separator: "/").last.map(String.init) ?? path
      isPacked = name != AcquisitionSource.withoutCompression(name)
      return name
    }
  }

  /// Reads the present file, and what is inside when it is compressed itself; `nil`, or what is wrong.
  func read(into bytes: FileBytes) -> String? {
    guard isPacked, isTar else { return bytes.read(entryOf: archive) }
    return packed.read(entryOf: archive) ?? Self.decompress(packed, into: bytes)
  }

  /// Decompresses bytes in memory; `nil`, or what is wrong.
  private static func decompress(_ packed: FileBytes, into bytes: FileBytes) -> String? {
    guard packed.count > 0 else { return "it is empty" }
    guard let inner = archive_read_new() else { return "no memory for the archive" }
    defer { archive_read_free(inner) }
    supportRaw(inner)
    var entry: OpaquePointer?
    // `packed` is not touched while the archive reads from its memory.
    guard archive_read_open_memory(inner, packed.bytes.baseAddress, packed.count) == ARCHIVE_OK,
      archive_read_next_header(inner, &entry) == ARCHIVE_OK
    else { return archive_error_string(inner).map { String(cString: $0) } ?? "damaged" }
    return bytes.read(entryOf: inner)
  }

  private static func supportRaw(_ archive: OpaquePointer) {
    archive_read_support_filter_all(archive)
    archive_read_support_format_raw(archive)
    archive_read_support_format_empty(archive)
  }
}
