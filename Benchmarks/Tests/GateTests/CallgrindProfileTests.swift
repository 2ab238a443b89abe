import Testing

@testable import gate

@Suite struct CallgrindProfileTests {
  @Test func countsEachObjectsOwnInstructionsOnce() {
    let profile = CallgrindProfile(
      """
      # callgrind format
      version: 1
      positions: line
      events: Ir

      ob=/opt/gate
      fl=Dense.swift
      fn=forward
      12 100
      cob=/usr/lib/x86_64-linux-gnu/libopenblas.so.0
      cfn=cblas_sgemm
      calls=2 0
      13 5000
      fi=Elementwise.swift
      40 7
      ob=/usr/lib/x86_64-linux-gnu/libopenblas.so.0
      fn=cblas_sgemm
      0 4000
      0 1000

      totals: 5107
      """)
    #expect(profile.engine == 107)
    #expect(profile.matrixLibrary == 5000)
    #expect(profile.total == 5107)
    #expect(profile.functions == ["forward": 107])
  }
}
