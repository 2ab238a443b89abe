// What TensorBoard reads: events of event.proto with summaries of summary.proto, framed as records.
//
// Source: tensorflow/core/util/event.proto, tensorflow/core/framework/summary.proto,
// tensorflow/core/lib/io/record_writer.h of https://github.com/tensorflow/tensorflow.

/// A named thing to show.
package enum SummaryValue: Sendable {
  /// A point of a curve.
  case scalar(Float)
  /// An encoded picture.
  case image(png: [UInt8], width: Int, height: Int, channels: Int)
}

/// What happened at one step.
package struct SummaryEvent: Sendable {
  /// Seconds since 1970.
  package let time: Double
  /// Training steps taken.
  package let step: Int
  private let contents: Contents

  private enum Contents: Sendable {
    case version
    case values([(tag: String, value: SummaryValue)])
  }

  /// The first event of every file.
  package static func fileVersion(time: Double) -> SummaryEvent {
    SummaryEvent(time: time, step: 0, contents: .version)
  }

  private init(time: Double, step: Int, contents: Contents) {
    self.time = time
    self.step = step
    self.contents = contents
  }

  package init(time: Double, step: Int, values: [(tag: String, value: SummaryValue)]) {
    self.init(time: time, step: step, contents: .values(values))
  }

  /// Event.
  package var message: ProtobufMessage {
    var event = ProtobufMessage()
    event.append(1, double: time)
    if step != 0 { event.append(2, int: step) }
    switch contents {
    case .version: event.append(3, string: "brain.Event:2")
    case .values(let values):
      event.append(5) {
        for (tag, value) in values {
          $0.append(1) {
            $0.append(1, string: tag)
            value.append(to: &$0)
          }
        }
      }
    }
    return event
  }

  /// The event as a record: its length [8 bytes], the length's check sum [4], the message, its check sum [4],
  /// all little-endian.
  package var record: [UInt8] {
    let data = message.bytes
    var length: [UInt8] = []
    length.append(littleEndian: UInt64(data.count))
    var record = length
    record.append(littleEndian: CastagnoliChecksum.masked(length))
    record += data
    record.append(littleEndian: CastagnoliChecksum.masked(data))
    return record
  }
}

extension SummaryValue {
  // One of Summary.Value's fields.
  fileprivate func append(to value: inout ProtobufMessage) {
    switch self {
    case .scalar(let number): value.append(2, float: number)
    case .image(let png, let width, let height, let channels):
      value.append(4) {
        $0.append(1, int: height)
        $0.append(2, int: width)
        $0.append(3, int: channels)
        $0.append(4, bytes: png)
      }
    }
  }
}
