import Foundation
import Testing

@testable import Variational

@Suite struct ObjectiveKindTests {
  static func decode(_ text: String) throws -> ObjectiveSpec {
    try JSONDecoder().decode(ObjectiveSpec.self, from: Data(text.utf8))
  }

  @Test(arguments: ObjectiveKind.all)
  func jsonReadsWhatItWrites(_ kind: ObjectiveKind) throws {
    let objective = ObjectiveSpec(kind, beta: 0.25)
    let bytes = try JSONEncoder().encode(objective)
    #expect(try JSONDecoder().decode(ObjectiveSpec.self, from: bytes) == objective)
    // The name alone gives the usual numbers.
    let named = try Self.decode(#"{"type": "\#(kind.name)"}"#)
    #expect(named == ObjectiveSpec(kind, beta: kind.usualBeta))
  }

  @Test func numbersInTheFileReplaceTheUsualOnes() throws {
    let expected: [(String, ObjectiveKind)] = [
      (#"{"type": "miwae", "groups": 4}"#, .importanceWeighted(.multiple(groups: 4))),
      (#"{"type": "piwae", "groups": 3}"#, .importanceWeighted(.partial(groups: 3))),
      (#"{"type": "ciwae", "share": 0.1}"#, .importanceWeighted(.combined(share: 0.1))),
      (
        #"{"type": "free_bits", "free_bits": 2, "group_size": 5}"#,
        .freeBits(nats: 2, groupSize: 5)
      ),
      (
        #"{"type": "capacity", "capacity": 5, "capacity_epochs": 1, "weight": 7}"#,
        .capacity(nats: 5, epochs: 1, weight: 7)
      ),
      (
        #"{"type": "beta_tc_mss", "alpha": 2, "gamma": 3}"#,
        .totalCorrelation(.init(isStratified: true, mutualInformation: 2, dimensionWise: 3))
      ),
      (
        #"{"type": "dip_ii", "off_diagonal": 2, "diagonal": 3}"#,
        .disentangledPrior(.init(includesVariances: true, offDiagonal: 2, diagonal: 3))
      ),
      (
        #"{"type": "wae", "weight": 2, "kernel": "gaussian", "scale": 3}"#,
        .maximumMeanDiscrepancy(
          .init(isWasserstein: true, weight: 2, kernel: .gaussian, scale: 3))
      ),
      (
        #"{"type": "rae_gp", "weight": 2, "step": 0.5}"#,
        .regularised(.init(.gradientPenalty(step: 0.5), weight: 2))
      ),
    ]
    for (text, kind) in expected { #expect(try Self.decode(text).kind == kind) }
  }

  @Test(arguments: [
    (#"{"type": "iwea"}"#, "did you mean \"iwae\""),
    (#"{"type": "iwae", "groups": 2}"#, "unknown field \"groups\""),
    (#"{"type": "elbo", "capacity": 2}"#, "unknown field \"capacity\""),
    (#"{"type": "wae", "kernel": "gausian"}"#, "did you mean \"gaussian\""),
    (#"{"warm_up": {"shape": "sigmoi"}}"#, "did you mean \"sigmoid\""),
    (#"{"warm_up": {"shape": "linear", "cycles": 2}}"#, "unknown field \"cycles\""),
  ])
  func whatCannotBeReadIsNamed(_ text: String, _ expected: String) {
    let message = sentence { try Self.decode(text) }
    #expect(message.contains(expected), "\(message)")
  }

  @Test(arguments: [
    (ObjectiveKind.importanceWeighted(.multiple(groups: 3)), "objective.groups: 3 groups"),
    (.importanceWeighted(.partial(groups: 0)), "objective.groups: 0 groups"),
    (.importanceWeighted(.multiple(groups: -2)), "objective.groups"),
    (.importanceWeighted(.combined(share: 1.1)), "objective.share"),
    (.importanceWeighted(.combined(share: .nan)), "objective.share"),
    (.freeBits(nats: -1, groupSize: 1), "objective.free_bits"),
    (.freeBits(nats: 1, groupSize: 0), "objective.group_size"),
    (.capacity(nats: .infinity, epochs: 1, weight: 1), "objective.capacity"),
    (.capacity(nats: 1, epochs: -1, weight: 1), "objective.capacity_epochs"),
    (.capacity(nats: 1, epochs: 1, weight: -1), "objective.weight"),
    (
      .totalCorrelation(.init(isStratified: true, mutualInformation: -1)), "objective.alpha"
    ),
    (.disentangledPrior(.init(includesVariances: true, offDiagonal: -1)), "objective.off_diagonal"),
    (.maximumMeanDiscrepancy(.init(isWasserstein: false, scale: 0)), "objective.scale"),
    (.regularised(.init(.weights)), "objective: rae_l2 takes no noise"),
  ])
  func numbersOutOfRangeAreRefused(_ kind: ObjectiveKind, _ expected: String) {
    let spec = ModelSpec.smallDense(
      objective: ObjectiveSpec(kind), training: TrainingSpec(batchSize: 4, samples: 4))
    let message = sentence { try Model(spec, threads: 1) }
    #expect(message.hasPrefix(expected), "\(message)")
  }

  @Test func whatDoesNotGoTogetherIsRefused() {
    for kind in ObjectiveKind.all {
      var plain = ModelSpec.smallDense().asAutoencoder()
      plain.objective.kind = kind
      let message = sentence { try Model(plain, threads: 1) }
      switch kind {
      case .evidenceBound(isSampled: false), .maximumMeanDiscrepancy, .regularised:
        #expect(message.hasPrefix("accepted"))
      default: #expect(message.contains("deterministic"), "\(kind.name): \(message)")
      }
      var learned = ModelSpec.smallDense(
        objective: ObjectiveSpec(kind), training: TrainingSpec(samples: 8))
      learned.prior = .mixture(components: 3)
      let other = sentence { try Model(learned, threads: 1) }
      switch kind {
      case .freeBits, .disentangledPrior, .maximumMeanDiscrepancy:
        #expect(other.contains("standard normal"), "\(kind.name): \(other)")
      case .regularised: #expect(other.contains("takes no noise"))
      default: #expect(other.hasPrefix("accepted"), "\(kind.name): \(other)")
      }
    }
    for kind: ObjectiveKind in [
      .importanceWeighted(.doublyReparameterised), .importanceWeighted(.partial(groups: 1)),
    ] {
      let spec = ModelSpec.smallConvolution(objective: ObjectiveSpec(kind))
      #expect(sentence { try Model(spec, threads: 1) }.contains("batch_norm"))
    }
  }

  @Test func aTrainersOwnNumberOfSamplesIsCheckedToo() throws {
    let spec = ModelSpec.smallDense(
      objective: ObjectiveSpec(.importanceWeighted(.multiple(groups: 2))),
      training: TrainingSpec(batchSize: 4, samples: 4))
    let model = try Model(spec, threads: 1)
    let data = try randomFloats(8, spec.data.stored)
    var settings = spec.training
    settings.samples = 3
    #expect(
      sentence { try Trainer(model, data: data, settings: settings) }.contains("groups"))
  }

  @Test func theCapacityRisesLinearly() {
    let kind = ObjectiveKind.capacity(nats: 12, epochs: 3, weight: 1)
    #expect(kind.capacity(step: 0, stepsPerEpoch: 10) == 0)
    #expect(kind.capacity(step: 15, stepsPerEpoch: 10) == 6)
    #expect(kind.capacity(step: 31, stepsPerEpoch: 10) == 12)
    #expect(ObjectiveKind.all[0].capacity(step: 5, stepsPerEpoch: 10) == 0)
  }
}
