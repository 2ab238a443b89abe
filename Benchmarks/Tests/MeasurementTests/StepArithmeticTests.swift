import Measurement
import Testing
import Variational

// Multiplications of each layer's forward product, written out by hand as positions × taps × channels in
// × channels out. A step does each three times, the first layer of the encoder twice.
@Suite struct StepArithmeticTests {
  @Test func denseCountsItsFourLayers() {
    let first = 784 * 400
    let others = 400 * 40 + 20 * 400 + 400 * 784
    #expect(
      ModelSpec.dense().stepOperations(batchSize: 128)
        == Double(2 * 128 * (2 * first + 3 * others)))
  }

  @Test func fashionCountsItsNineLayers() {
    let first = 256 * 9 * 1 * 32
    let convolutions = 64 * 9 * 32 * 64 + 16 * 9 * 64 * 128
    let latents = 2048 * 4 + 2 * 2048
    let transposed = 16 * 9 * 128 * 128 + 64 * 9 * 128 * 64 + 256 * 9 * 64 * 32
    let last = 1024 * 9 * 32 * 1
    let others = convolutions + latents + transposed + last
    #expect(
      ModelSpec.fashion().stepOperations(batchSize: 100)
        == Double(2 * 100 * (2 * first + 3 * others)))
  }

  @Test func facesCountsItsElevenLayers() {
    let first = 256 * 9 * 3 * 128
    let square = 9 * 128 * 128
    let latents = 512 * 400 + 200 * 512
    let last = 1024 * 9 * 128 * 3
    let others = (64 + 16 + 4) * square + latents + (4 + 16 + 64 + 256) * square + last
    #expect(
      ModelSpec.faces().stepOperations(batchSize: 128)
        == Double(2 * 128 * (2 * first + 3 * others)))
  }

  @Test func workloadsTrainEncodeAndDecode() throws {
    let workload = try Workload("dense", threads: 1)
    #expect(workload.batchSize == 128)
    for _ in 0..<5 { try workload.train() }  // past the last of its four batches
    try workload.encode()
    workload.decode()
    workload.decodeOne()
  }
}
