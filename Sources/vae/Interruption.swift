import Foundation
import Synchronization

/// Ctrl-C as a request: the first one is remembered, the second ends the process.
enum Interruption {
  private static let flag = Atomic<Bool>(false)

  /// Whether Ctrl-C (or a termination signal) has come.
  static var requested: Bool { flag.load(ordering: .relaxed) }

  /// Gives the signals their usual effect again.
  static func endWatch() {
    for number in [SIGINT, SIGTERM] { signal(number, SIG_DFL) }
  }

  /// Starts to listen.
  static func watch() {
    // A program that starts this one from a thread may hand down a mask that blocks them.
    var signals = sigset_t()
    sigemptyset(&signals)
    for number in [SIGINT, SIGTERM] { sigaddset(&signals, number) }
    pthread_sigmask(SIG_UNBLOCK, &signals, nil)
    for number in [SIGINT, SIGTERM] {
      signal(number) { number in
        if Interruption.flag.exchange(true, ordering: .relaxed) {
          signal(number, SIG_DFL)
          raise(number)
        }
      }
    }
  }
}
