// A persistent pool that runs the same body once a worker and returns when all have finished.
//
// A training step crosses the pool some forty times, so a crossing must cost microseconds and no
// heap block: workers spin for a short while before they sleep, and the body is a closure without
// captures whose context travels by pointer (Swift would box a capturing closure on the heap).
//
// A share belongs to a worker's number, not to its thread: whoever has done its own share takes those that
// nobody has begun. So a thread that the system keeps waiting (another program has its processor) delays
// nobody, and the results are the same bits whoever computed them.

import CVector
import Foundation
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// A fixed number of threads that take part in every `run`; the caller is worker 0.
///
/// `run` must not be called from two threads at once nor from inside a body: with more than one worker
/// both trap.
///
/// `@unchecked Sendable`: everything is constant once `init` is done; Darwin's `pthread_t` is a pointer.
package final class WorkerPool: @unchecked Sendable {
  /// The number of workers, the caller included.
  package let workers: Int

  private let meeting: Meeting
  private let threads: [pthread_t]

  /// Starts `workers − 1` threads.
  ///
  /// - Throws: ``ResourceError`` if the system does not give them; those that were started have ended then.
  package init(workers: Int) throws(ResourceError) {
    precondition(workers >= 1 && workers <= 1024, "WorkerPool: \(workers) workers")
    self.workers = workers
    // With more workers than processors a spinning waiter takes the time of one with work to do.
    let meeting = Meeting(
      workers: workers, spins: workers <= WorkerPool.processors ? 8_000 : 0)
    self.meeting = meeting
    var threads: [pthread_t] = []
    for worker in 1..<workers {
      let (thread, status) = startThread(worker: worker, meeting)
      guard let thread else {
        meeting.stop()
        for thread in threads { pthread_join(thread, nil) }
        throw ResourceError(
          "of \(workers) threads only \(worker) could be had (\(String(cString: strerror(status)))); "
            + "use fewer")
      }
      threads.append(thread)
    }
    self.threads = threads
  }

  deinit {
    meeting.stop()
    for thread in threads { pthread_join(thread, nil) }
  }

  /// The processors that this process may use (its affinity mask respected).
  package static var processors: Int { ProcessInfo.processInfo.activeProcessorCount }

  /// Calls `body(context, worker)` once for each worker, side by side, and returns when all are done. One
  /// thread may make several of the calls, one after the other; a call must not wait for another.
  ///
  /// - Parameters:
  ///   - context: what the body needs; it outlives the call.
  ///   - body: a closure without captures, so that nothing is allocated.
  /// - Complexity: a few microseconds besides the body while the workers are awake.
  package func run<Context>(_ context: Context, _ body: @escaping (Context, Int) -> Void) {
    run(Job(context: context, body: body))
  }

  /// Calls `task.perform(worker:)` once for each worker: `run` for generic callers, where a closure would
  /// capture the context's type and so take a heap block.
  func run<Task: PoolTask>(_ task: Task) {
    if workers == 1 {
      task.perform(worker: 0)
    } else {
      meeting.run(task)
    }
  }
}

// What the caller and the threads share. The threads own it, and not the pool: one that did would keep the
// pool from ever being freed, and so from stopping its threads.
//
// `@unchecked Sendable`: `job` and `context` are touched only as their comment says.
private final class Meeting: @unchecked Sendable {
  /// How many times a waiter looks before it sleeps: some 0.2 ms where a pause takes 24 ns.
  private let spins: Int

  private let workers: Int

  // The job is written by the caller before `generation` is advanced (release) and read by the
  // workers after they have seen it (acquire) and taken a share of it, without which no run ends.
  private var job: (any PoolTask.Type)?
  private var context: UnsafeRawPointer?

  private let generation = Atomic<Int>(0)
  private let pending = Atomic<Int>(0)
  // The last generation in which each worker's share was taken. A thread that comes late finds its own
  // generation there, or a later one.
  private let taken: UnsafeMutablePointer<Atomic<Int>>
  private let sleepers = Atomic<Int>(0)
  private let running = Atomic<Bool>(false)
  private let stopping = Atomic<Bool>(false)

  // pthread objects must not move: they live in memory of their own.
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let wake = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
  private let finished = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

  init(workers: Int, spins: Int) {
    self.workers = workers
    self.spins = spins
    taken = .allocate(capacity: workers)
    for worker in 0..<workers { (taken + worker).initialize(to: Atomic(0)) }
    pthread_mutex_init(mutex, nil)
    pthread_cond_init(wake, nil)
    pthread_cond_init(finished, nil)
  }

  deinit {
    pthread_cond_destroy(wake)
    pthread_cond_destroy(finished)
    pthread_mutex_destroy(mutex)
    wake.deallocate()
    finished.deallocate()
    mutex.deallocate()
    taken.deinitialize(count: workers)
    taken.deallocate()
  }

  func stop() {
    stopping.store(true, ordering: .releasing)
    generation.add(1, ordering: .acquiringAndReleasing)
    pthread_mutex_lock(mutex)
    pthread_cond_broadcast(wake)
    pthread_mutex_unlock(mutex)
  }

  func run<Task: PoolTask>(_ task: Task) {
    let wasRunning = running.exchange(true, ordering: .acquiring)
    precondition(!wasRunning, "WorkerPool.run: called while another run is under way")
    withUnsafePointer(to: task) { pointer in
      self.job = Task.self
      self.context = UnsafeRawPointer(pointer)
      pending.store(workers, ordering: .relaxed)
      let now = generation.add(1, ordering: .sequentiallyConsistent).newValue
      if sleepers.load(ordering: .sequentiallyConsistent) > 0 {
        pthread_mutex_lock(mutex)
        pthread_cond_broadcast(wake)
        pthread_mutex_unlock(mutex)
      }
      performShares(from: 0, generation: now)
      awaitWorkers()
    }
    running.store(false, ordering: .releasing)
  }

  // The shares that nobody has begun, a thread's own first.
  private func performShares(from own: Int, generation: Int) {
    for offset in 0..<workers {
      let worker = own + offset < workers ? own + offset : own + offset - workers
      let (isOurs, _) = taken[worker].compareExchange(
        expected: generation - 1, desired: generation, ordering: .acquiringAndReleasing)
      guard isOurs, let job, let context else { continue }
      job.invoke(context, worker: worker)
      if pending.subtract(1, ordering: .acquiringAndReleasing).newValue == 0 && own != 0 {
        pthread_mutex_lock(mutex)
        pthread_cond_signal(finished)
        pthread_mutex_unlock(mutex)
      }
    }
  }

  private func awaitWorkers() {
    for _ in 0..<spins {
      if pending.load(ordering: .acquiring) == 0 { return }
      spin_pause()
    }
    pthread_mutex_lock(mutex)
    while pending.load(ordering: .acquiring) != 0 { pthread_cond_wait(finished, mutex) }
    pthread_mutex_unlock(mutex)
  }

  func work(as worker: Int) {
    var seen = 0
    while true {
      seen = awaitGeneration(after: seen)
      if stopping.load(ordering: .acquiring) { return }
      performShares(from: worker, generation: seen)
    }
  }

  private func awaitGeneration(after seen: Int) -> Int {
    for _ in 0..<spins {
      let now = generation.load(ordering: .acquiring)
      if now != seen { return now }
      spin_pause()
    }
    pthread_mutex_lock(mutex)
    sleepers.add(1, ordering: .sequentiallyConsistent)
    while generation.load(ordering: .sequentiallyConsistent) == seen {
      pthread_cond_wait(wake, mutex)
    }
    sleepers.subtract(1, ordering: .sequentiallyConsistent)
    pthread_mutex_unlock(mutex)
    return generation.load(ordering: .acquiring)
  }
}

// What a thread is started with.
private final class Entry {
  let meeting: Meeting
  let worker: Int
  init(meeting: Meeting, worker: Int) {
    self.meeting = meeting
    self.worker = worker
  }
}

// The thread, or nil and the system's reason.
private func startThread(worker: Int, _ meeting: Meeting) -> (thread: pthread_t?, status: Int32) {
  let entry = Unmanaged.passRetained(Entry(meeting: meeting, worker: worker))
  #if canImport(Darwin)
    var thread: pthread_t?
  #else
    var thread = pthread_t()
  #endif
  let status = pthread_create(&thread, nil, threadMain, entry.toOpaque())
  guard status == 0 else {
    entry.release()
    return (nil, status)
  }
  return (thread, 0)
}

/// What each worker does.
protocol PoolTask {
  func perform(worker: Int)
}

extension PoolTask {
  // What a worker calls: the metatype recovers the type that the pointer lost.
  fileprivate static func invoke(_ task: UnsafeRawPointer, worker: Int) {
    task.assumingMemoryBound(to: Self.self).pointee.perform(worker: worker)
  }
}

private struct Job<Context>: PoolTask {
  let context: Context
  let body: (Context, Int) -> Void

  func perform(worker: Int) { body(context, worker) }
}

#if canImport(Darwin)
  private func threadMain(_ argument: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer? {
    let entry = Unmanaged<Entry>.fromOpaque(argument).takeRetainedValue()
    entry.meeting.work(as: entry.worker)
    return nil
  }
#else
  private func threadMain(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let argument else { return nil }
    let entry = Unmanaged<Entry>.fromOpaque(argument).takeRetainedValue()
    entry.meeting.work(as: entry.worker)
    return nil
  }
#endif
