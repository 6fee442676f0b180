import NIOCore

/// A message from a client.
public struct ServerMessage: Sendable {
  /// Counts on each connection from 0.
  public let number: Int
  private let buffer: ByteBuffer

  init(number: Int, buffer: ByteBuffer) {
    self.number = number
    self.buffer = buffer
  }

  /// Bytes.
  public var size: Int { buffer.readableBytes }

  /// The text, which may not be valid UTF-8.
  public func withBytes<Value, Failure: Error>(
    _ body: (UnsafeRawBufferPointer) throws(Failure) -> Value
  ) throws(Failure) -> Value {
    let result = buffer.withUnsafeReadableBytes { bytes -> Result<Value, Failure> in
      do throws(Failure) { return .success(try body(bytes)) } catch { return .failure(error) }
    }
    return try result.get()
  }
}

/// An answer to a message; `nil` text where nothing is to be sent.
public struct MessageAnswer: Sendable {
  public let number: Int
  public let text: [UInt8]?

  public init(number: Int, text: [UInt8]?) {
    self.number = number
    self.text = text
  }
}
