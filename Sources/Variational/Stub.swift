extension LikelihoodSpec {
  public struct Part: Sendable, Hashable { var columns: Int; var likelihood: LikelihoodSpec }
  static func mixed(_ parts: [Part]) -> LikelihoodSpec { .bernoulli }
  func outputs(forColumns columns: Int) -> Int { columns }
}
extension DataSpec {
  var missing: Bool {
    get { false }
    set {}
  }
}
