import Kernels
import Testing

@Suite struct OpenBLASTests {
  /// In a process of its own: the number of threads is the whole process's.
  @Test func oneThreadIsSetForTheProcess() async {
    await #expect(processExitsWith: .success) {
      OpenBLAS.useOneThread()
      OpenBLAS.useOneThread()
      precondition(OpenBLAS.threads == 1)
    }
  }

  @Test func libraryNamesItself() {
    #expect(OpenBLAS.configuration.contains("OpenBLAS"))
    #expect(!OpenBLAS.coreName.isEmpty)
    #expect(OpenBLAS.threads >= 1)
  }
}
