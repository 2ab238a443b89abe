import ArgumentParser
import Measurement
import Variational

/// `growth`: how time and memory grow with the sizes that a user chooses.
@main
struct GrowthCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "growth",
    abstract:
      "Times training steps against batch, image and latent size and threads; memory, data.",
    discussion: """
      Prints one JSON object a line: "axis" is what grows, "size" how large it is, "train_ms" the median \
      of a training step, "peak_mib" the peak memory of a process of its own that trains on "size" \
      examples of 28×28 bytes.
      """)

  @Option(help: "Seconds for each point, at least three steps.")
  var seconds = 1.0

  @Option(help: ArgumentHelp("Examples to train on and report memory for.", visibility: .hidden))
  var memoryOf: Int?

  func validate() throws {
    guard seconds > 0 && seconds <= 600 else {
      throw ValidationError("--seconds should lie between 0 and 600.")
    }
    if let memoryOf, memoryOf < 1 {
      throw ValidationError("--memory-of should be at least 1.")
    }
  }

  func run() throws {
    if let memoryOf { return try MemoryGrowth.reportPeak(examples: memoryOf) }
    let machine = MachineSummary()
    tell(machine.line)
    try growBatch()
    try growImages()
    try growLatents()
    try growThreads()
    tell("memory …")
    for examples in [1_000, 4_000, 16_000, 64_000, 256_000] {
      guard let peak = try MemoryGrowth.peakOfChild(examples: examples) else { break }
      var line = JSONLine()
      line.add("axis", "examples")
      line.add("workload", "dense")
      line.add("size", examples)
      line.add("peak_mib", peak)
      line.print()
    }
  }

  private func growBatch() throws {
    for name in Workload.names {
      tell("\(name), batch size …")
      for size in (0...10).map({ 1 << $0 }) {
        var spec = try Workload.spec(name)
        spec.training.batchSize = size
        try report("batch", size, spec)
      }
    }
  }

  private func growImages() throws {
    for name in ["dense", "fashion"] {
      tell("\(name), image size …")
      for side in [16, 24, 32, 48, 64, 96, 128] {
        try report(
          "side", side, .preset(name, for: Shape(height: side, width: side, channels: 1)))
      }
    }
  }

  private func growLatents() throws {
    for name in ["dense", "fashion"] {
      tell("\(name), latents …")
      let shape = try Workload.spec(name).data.stored
      for latents in (1...9).map({ 1 << $0 }) {
        try report("latents", latents, .preset(name, for: shape, latents: latents))
      }
    }
  }

  private func growThreads() throws {
    for name in Workload.names {
      tell("\(name), threads …")
      for threads in [1, 2, 4] {
        try report("threads", threads, Workload.spec(name), threads: threads)
      }
    }
  }

  private func report(
    _ axis: String, _ size: Int, _ spec: ModelSpec, threads: Int? = nil
  ) throws {
    let workload = try Workload(spec, threads: threads)
    var line = JSONLine()
    line.add("axis", axis)
    line.add("workload", spec.name)
    line.add("size", size)
    line.add("batch", spec.training.batchSize)
    line.add("train_ms", try medianMilliseconds(seconds: seconds, workload.train))
    line.add("threads", workload.model.threads)
    line.print()
  }
}
