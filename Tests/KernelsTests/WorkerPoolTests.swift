import Foundation
import Synchronization
import Testing

@testable import Kernels

@Suite struct WorkerPoolTests {
  /// Calls of each worker; each writes its own cell, so no cell is written by two.
  private final class Tally: Sendable {
    let cells: [Cell]
    final class Cell: Sendable { let calls = Atomic<Int>(0) }
    init(_ count: Int) { cells = (0..<count).map { _ in Cell() } }
    var calls: [Int] { cells.map { $0.calls.load(ordering: .sequentiallyConsistent) } }
    func add(_ worker: Int) { cells[worker].calls.add(1, ordering: .relaxed) }
  }

  @Test(arguments: [1, 2, 3])
  func everyWorkerRunsOnceInEachOfManyThousandRuns(workers: Int) throws {
    let pool = try WorkerPool(workers: workers)
    let tally = Tally(workers)
    let runs = 20_000
    for run in 1...runs {
      pool.run(tally) { tally, worker in tally.add(worker) }
      if run % 500 == 0 { #expect(tally.calls == Array(repeating: run, count: workers)) }
    }
    #expect(tally.calls == Array(repeating: runs, count: workers))
  }

  /// What a worker wrote is seen by the caller after the run, and the other way round: plain memory.
  @Test(arguments: [2, 4])
  func writesAreSeenAfterTheRun(workers: Int) throws {
    let pool = try WorkerPool(workers: workers)
    let arena = Arena(count: workers)
    for run in 0..<5_000 {
      pool.run(arena.vector) { vector, worker in vector[worker] += Float(worker + 1) }
      let isRight = (0..<workers).allSatisfy { arena.vector[$0] == Float((run + 1) * ($0 + 1)) }
      if !isRight { Issue.record("run \(run): \(arena.vector.array)"); return }
    }
  }

  @Test func moreWorkersThanProcessorsAllRun() throws {
    let workers = WorkerPool.processors * 4 + 3
    let pool = try WorkerPool(workers: workers)
    let tally = Tally(workers)
    for _ in 0..<500 { pool.run(tally) { tally, worker in tally.add(worker) } }
    #expect(tally.calls == Array(repeating: 500, count: workers))
  }

  /// Waking a thread takes the system some ten microseconds, an empty share none: in two hundred runs the
  /// caller comes first at least once, and does the share of the thread that still sleeps.
  @Test func sharesOfSleepingThreadsAreTaken() throws {
    let pool = try WorkerPool(workers: 2)
    let caller = ThreadTally()
    for _ in 0..<200 {
      Thread.sleep(forTimeInterval: 0.001)
      pool.run(caller) { caller, worker in
        if worker == 1 && pthread_equal(pthread_self(), caller.thread) != 0 {
          caller.shares.add(1, ordering: .relaxed)
        }
      }
    }
    #expect(caller.shares.load(ordering: .relaxed) > 0)
  }

  // `@unchecked Sendable`: pthread_t is a number, or a pointer that nobody follows.
  private final class ThreadTally: @unchecked Sendable {
    let thread = pthread_self()
    let shares = Atomic<Int>(0)
  }

  /// 20 ms is hundreds of times as long as a waiter spins.
  @Test(arguments: [2, 5])
  func sleepingWorkersWake(workers: Int) throws {
    let pool = try WorkerPool(workers: workers)
    let tally = Tally(workers)
    for run in 1...10 {
      Thread.sleep(forTimeInterval: 0.02)
      pool.run(tally) { tally, worker in tally.add(worker) }
      #expect(tally.calls == Array(repeating: run, count: workers))
    }
  }

  /// The caller sleeps too while a worker is still busy.
  @Test func callerWaitsForASlowWorker() throws {
    let pool = try WorkerPool(workers: 3)
    let tally = Tally(3)
    for _ in 0..<5 {
      pool.run(tally) { tally, worker in
        if worker == 2 { Thread.sleep(forTimeInterval: 0.02) }
        tally.add(worker)
      }
    }
    #expect(tally.calls == [5, 5, 5])
  }

  /// Pools that go at once, before their threads have started, and after use: nothing hangs.
  @Test func deinitJoinsItsThreads() throws {
    for round in 0..<200 {
      let pool = try WorkerPool(workers: 1 + round % 4)
      if round % 3 == 0 { continue }
      let tally = Tally(pool.workers)
      pool.run(tally) { tally, worker in tally.add(worker) }
      if round % 20 == 1 { Thread.sleep(forTimeInterval: 0.005) }
      #expect(tally.calls == Array(repeating: 1, count: pool.workers))
    }
  }

  #if os(Linux)
    /// In a process of its own, where no other test starts threads.
    @Test func noThreadOutlivesItsPool() async {
      await #expect(processExitsWith: .success) {
        func threads() -> Int {
          (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/task").count) ?? 0
        }
        func threadsWithPool() throws -> Int {
          let pool = try WorkerPool(workers: 60)
          pool.run(0) { _, _ in }
          return withExtendedLifetime(pool) { threads() }
        }
        let during = try threadsWithPool()
        // A joined thread is listed for a moment longer, until the kernel has buried it: a minute for a machine
        // that is busy with other things.
        for _ in 0..<6_000 where during - threads() < 59 { usleep(10_000) }
        precondition(during - threads() >= 59)
      }
    }
  #endif

  #if os(Linux)
    /// A limit on the address space leaves no room for the threads' stacks (8 MiB each). The limit holds for a
    /// whole process, so this is one of its own.
    @Test func threadsThatTheSystemDoesNotGiveAreAnError() async {
      await #expect(processExitsWith: .success) {
        func threads() -> Int {
          (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/task").count) ?? 0
        }
        let before = threads()
        let statistics = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8)
        let pages = statistics.split(separator: " ").first.flatMap { UInt($0) } ?? 0
        let now = pages * UInt(sysconf(Int32(_SC_PAGESIZE)))
        var limit = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit)
        limit.rlim_cur = rlim_t(now + 100 << 20)
        precondition(setrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit) == 0)
        do {
          _ = try WorkerPool(workers: 200)
          preconditionFailure("200 stacks of 8 MiB in 100 MiB")
        } catch {
          let sentence = "\(error)"
          precondition(sentence.hasPrefix("of 200 threads only "), sentence)
          precondition(sentence.hasSuffix("; use fewer"), sentence)
        }
        // Those that were started have ended.
        for _ in 0..<6_000 where threads() > before { usleep(10_000) }
        precondition(threads() == before)
        // What fits can still be had.
        let pool = try WorkerPool(workers: 2)
        pool.run(0) { _, _ in }
      }
    }

    /// OpenBLAS would ask for its buffers without end.
    @Test func buffersThatTheSystemDoesNotGiveAreAnError() async {
      await #expect(processExitsWith: .success) {
        var limit = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit)
        limit.rlim_cur = 4 << 30
        precondition(setrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit) == 0)
        do {
          _ = try Compute(threads: 64)
          preconditionFailure("64 buffers of 128 MiB in 4 GiB")
        } catch {
          precondition("\(error)".contains("8192 MiB of address space"), "\(error)")
        }
        let compute = try Compute(threads: 2)
        let (a, b, c) = (Arena(count: 90_000), Arena(count: 90_000), Arena(count: 90_000))
        func matrix(_ arena: Arena) -> MatrixView {
          arena.vector.matrix(rows: 300, columns: 300)
        }
        a.vector.fill(1)
        b.vector.fill(2)
        compute.multiply(matrix(a), by: matrix(b), into: matrix(c))
        precondition(c.vector.array.allSatisfy { $0 == 600 })
      }
    }
  #endif

  @Test func aRunInsideARunTraps() async {
    await #expect(processExitsWith: .failure) {
      let pool = try WorkerPool(workers: 2)
      pool.run(pool) { pool, worker in if worker == 0 { pool.run(0) { _, _ in } } }
    }
  }

  @Test func noWorkersTrap() async {
    await #expect(processExitsWith: .failure) { _ = try WorkerPool(workers: 0) }
  }
}
