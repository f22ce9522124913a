import CHTTP
import Errors
import Glibc
import SharedLibraries
import Synchronization

/// One listening socket with the threads of libmicrohttpd behind it.
final class HTTPDaemon: Sendable {
  /// Where it listens.
  let endpoint: HTTPEndpoint
  private let daemon: Mutex<UInt>
  private let box: HTTPDaemonBox

  init(
    _ endpoint: HTTPEndpoint, _ configuration: HTTPServer.Configuration, _ guards: HTTPGuard,
    _ handler: @escaping HTTPServer.Handler
  ) throws(CavernError) {
    try SharedLibrary.microHTTP.load()
    let (descriptor, bound) = try HTTPListener.listen(endpoint)
    self.endpoint = bound
    var isUnix = false
    if case .unix = endpoint { isUnix = true }
    box = HTTPDaemonBox(isUnix: isUnix, bodyLimit: configuration.bodyLimit, guards: guards, handler: handler)
    // The box outlives the daemon: `stop` ends all threads before this object, which owns the box, can go.
    let context = Unmanaged.passUnretained(box).toOpaque()
    let identity = isUnix ? nil : configuration.identity
    func start(_ key: UnsafePointer<CChar>?, _ certificate: UnsafePointer<CChar>?) -> OpaquePointer? {
      var options = CHTTPOptions(
        descriptor: descriptor, connectionLimit: UInt32(configuration.connectionLimit), timeoutSeconds: 60, key: key,
        certificate: certificate)
      return chttp_start(&options, handleAccess, handleCompletion, context)
    }
    let started =
      if let identity {
        // libmicrohttpd reads key and certificate during the call.
        identity.key.withCString { key in identity.certificate.withCString { start(key, $0) } }
      } else {
        start(nil, nil)
      }
    guard let started else {
      close(descriptor)
      throw CavernError(
        "http.cannotListen", "the server does not start", exit: .unavailable, file: bound.text,
        hint: identity == nil ? nil : "look at the certificate and its key")
    }
    daemon = Mutex(UInt(bitPattern: started))
  }

  deinit { stop() }

  /// Ends it with all connections.
  func stop() {
    let address = daemon.withLock { value in
      defer { value = 0 }
      return value
    }
    guard let pointer = OpaquePointer(bitPattern: address) else { return }
    box.closeStreams()
    MHD_stop_daemon(pointer)
    if case .unix(let path, _) = endpoint { unlink(path) }
  }
}

/// What the callbacks need.
final class HTTPDaemonBox: Sendable {
  let isUnix: Bool
  let bodyLimit: Int
  let guards: HTTPGuard
  let handler: HTTPServer.Handler
  private let streams = Mutex<[ObjectIdentifier: HTTPEventStream]>([:])

  init(isUnix: Bool, bodyLimit: Int, guards: HTTPGuard, handler: @escaping HTTPServer.Handler) {
    self.isUnix = isUnix
    self.bodyLimit = bodyLimit
    self.guards = guards
    self.handler = handler
  }

  func add(_ stream: HTTPEventStream) { streams.withLock { $0[ObjectIdentifier(stream)] = stream } }
  func remove(_ stream: HTTPEventStream) { streams.withLock { _ = $0.removeValue(forKey: ObjectIdentifier(stream)) } }
  func closeStreams() { for stream in streams.withLock({ Array($0.values) }) { stream.close() } }
}

/// A request that is being received.
private final class PendingRequest {
  var body: [UInt8] = []
  var isTooLong = false
}

/// An event stream with what of it has not been handed over yet.
private final class StreamReader {
  let stream: HTTPEventStream
  let box: HTTPDaemonBox
  var rest: ArraySlice<UInt8> = []

  init(_ stream: HTTPEventStream, _ box: HTTPDaemonBox) {
    self.stream = stream
    self.box = box
  }
}

private let handleAccess: MHD_AccessHandlerCallback = {
  context, connection, url, method, _, upload, uploadSize, state in
  guard let context, let connection, let url, let method, let uploadSize, let state else { return .NO }
  // `context` is the box handed to the start call, alive as long as the daemon.
  let box = Unmanaged<HTTPDaemonBox>.fromOpaque(context).takeUnretainedValue()
  guard let place = state.pointee else {
    // First call: the state is retained until the completion callback releases it.
    state.pointee = Unmanaged.passRetained(PendingRequest()).toOpaque()
    return .YES
  }
  let pending = Unmanaged<PendingRequest>.fromOpaque(place).takeUnretainedValue()
  if uploadSize.pointee > 0, let upload {
    let count = uploadSize.pointee
    if pending.body.count + count > box.bodyLimit {
      pending.isTooLong = true
    } else {
      // libmicrohttpd promises `count` bytes at `upload` for the time of the call.
      pending.body.append(contentsOf: UnsafeRawBufferPointer(start: upload, count: count))
    }
    uploadSize.pointee = 0
    return .YES
  }
  let request = makeRequest(box, connection, String(cString: url), String(cString: method), pending.body)
  let response: HTTPServerResponse
  if pending.isTooLong {
    response = .fault(413, "too_long", "the body is longer than \(box.bodyLimit) bytes")
  } else {
    response = box.guards.refusal(request, isUnix: box.isUnix) ?? box.handler(request)
  }
  return send(response, on: connection, box)
}

private let handleCompletion: MHD_RequestCompletedCallback = { _, _, state, _ in
  guard let place = state?.pointee else { return }
  // Balances the retain of the first call.
  Unmanaged<PendingRequest>.fromOpaque(place).release()
  state?.pointee = nil
}

private func makeRequest(
  _ box: HTTPDaemonBox, _ connection: OpaquePointer, _ path: String, _ method: String, _ body: [UInt8]
) -> HTTPServerRequest {
  var request = HTTPServerRequest(method: method, path: path, body: body)
  final class Fields { var values: [String: String] = [:] }
  let collect: MHD_KeyValueIterator = { context, _, name, value in
    guard let context, let name else { return .YES }
    // The object lives through the call of MHD_get_connection_values that makes this one.
    let fields = Unmanaged<Fields>.fromOpaque(context).takeUnretainedValue()
    fields.values[String(cString: name)] = value.map { String(cString: $0) } ?? ""
    return .YES
  }
  func values(_ kind: MHD_ValueKind) -> [String: String] {
    let fields = Fields()
    withExtendedLifetime(fields) {
      _ = MHD_get_connection_values(connection, kind, collect, Unmanaged.passUnretained(fields).toOpaque())
    }
    return fields.values
  }
  for (name, value) in values(.HEADER_KIND) { request.headers[name.lowercased()] = value }
  request.query = values(.GET_ARGUMENT_KIND)
  let descriptor = chttp_descriptor(connection)
  if box.isUnix {
    request.remoteAddress = "unix"
    request.remoteUser = HTTPListener.user(of: descriptor)
  } else {
    request.remoteAddress = HTTPListener.address(of: descriptor)
  }
  return request
}

private func send(_ answer: HTTPServerResponse, on connection: OpaquePointer, _ box: HTTPDaemonBox) -> MHD_Result {
  let response: OpaquePointer?
  switch answer.body {
  case .bytes(var bytes):
    // Copied by libmicrohttpd before the call returns.
    response = bytes.withUnsafeMutableBytes {
      MHD_create_response_from_buffer($0.count, $0.baseAddress, .RESPMEM_MUST_COPY)
    }
  case .events(let stream):
    box.add(stream)
    // Retained until the free callback below releases it.
    let reader = Unmanaged.passRetained(StreamReader(stream, box)).toOpaque()
    response = MHD_create_response_from_callback(UInt64.max, 4096, readStream, reader, freeStream)
  }
  guard let response else { return .NO }
  defer { MHD_destroy_response(response) }
  for (name, value) in answer.headers { MHD_add_response_header(response, name, value) }
  MHD_add_response_header(response, "X-Content-Type-Options", "nosniff")
  return MHD_queue_response(connection, UInt32(answer.status), response)
}

private let readStream: MHD_ContentReaderCallback = { context, _, buffer, limit in
  guard let context, let buffer else { return -1 }
  let reader = Unmanaged<StreamReader>.fromOpaque(context).takeUnretainedValue()
  if reader.rest.isEmpty {
    guard let bytes = reader.stream.next(within: 10) else { return -1 }
    reader.rest = bytes[...]
  }
  // At most `limit` bytes, the size of the buffer.
  let part = reader.rest.prefix(limit)
  part.withUnsafeBytes { source in
    if let base = source.baseAddress { memcpy(buffer, base, source.count) }
  }
  reader.rest = reader.rest.dropFirst(part.count)
  return part.count
}

private let freeStream: MHD_ContentReaderFreeCallback = { context in
  guard let context else { return }
  // Balances the retain in `send`.
  let reader = Unmanaged<StreamReader>.fromOpaque(context).takeRetainedValue()
  reader.box.remove(reader.stream)
  reader.stream.end()
}
