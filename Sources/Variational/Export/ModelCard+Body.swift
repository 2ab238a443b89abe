// The card's text for people.

import Foundation

extension ModelCard {
  var body: String {
    [title, usage, weights, training, results].compactMap { $0 }.joined(separator: "\n")
  }

  private var title: String {
    """
    # \(inline(spec.name))

    \(spec.posterior == .deterministic ? "An autoencoder" : "A variational autoencoder") of \
    \(summary.parameters) parameters, trained with [Variational](#use) on \(inline(dataName)).

    \(table(header: ("", ""), summary.rows.filter { $0.0 != "model" }))

    ```text
    \(summary.layers.joined(separator: "\n"))
    ```

    """
  }

  private var usage: String {
    let data = isFashionMNIST ? "fashion-mnist" : "DATA"
    let output = RunPictures.canDraw(spec) ? "samples.png" : "samples.npy"
    return """
      ## Use

      With the command, from the folder above this one (`MODEL` is this folder):

      ```sh
      vae info MODEL
      vae sample MODEL --count 25 --output \(output)
      vae encode MODEL --data \(data) --output latents.npz
      vae evaluate MODEL --data \(data)
      vae export MODEL --onnx onnx    # encoder.onnx and decoder.onnx
      ```

      In Swift:

      ```swift
      import Variational

      let model = try RunFolder("MODEL").loadModel()
      let samples = model.sample(25)  // Matrix<Float>, [25, values]
      ```

      """
  }

  private var weights: String {
    """
    ## Weights

    `model.safetensors` has PyTorch's names and layouts, so modules named alike take it:

    ```python
    import safetensors.torch

    state = safetensors.torch.load_file("model.safetensors")
    model.load_state_dict(state, strict=True)
    ```

    `encoder.<i>` and `decoder.<i>` are the layers above. Images are flattened in NCHW order; the data is \
    \(input).

    \(table(header: ("tensor", "shape"), tensors.map { ("`\($0.name)`", "\($0.shape)") }))

    """
  }

  private var input: String {
    let range =
      spec.data.fullScale.map { "stored numbers divided by \(ModelSummary.short($0))" }
      ?? "bytes divided by 255, floats as they are"
    let sides = spec.data.padding
    let padding =
      sides == 0
      ? ""
      : sides.isUniform
        ? ", with \(sides) zeros around every image"
        : ", with \(sides) zeros (top, bottom, left, right) around every image"
    return spec.data.binarisation == .none
      ? range + padding : range + ", then drawn to zeros and ones" + padding
  }

  private var training: String {
    let settings = spec.training
    var rows: [(String, String)] = [
      ("examples", "\(trainingExamples)"), ("epochs", "\(epochs)"),
      ("batch size", "\(settings.batchSize)"), ("learning rate", "\(settings.learningRate)"),
      ("optimiser", settings.optimiser.name),
      ("samples of z", "\(settings.samples)"), ("seed", "\(settings.seed)"),
    ]
    if let clipNorm = settings.clipNorm { rows.append(("gradient norm's limit", "\(clipNorm)")) }
    if spec.objective.warmUpEpochs > 0 {
      rows.append(("warm-up of beta", "\(spec.objective.warmUpEpochs) epochs"))
    }
    return """
      ## Training

      \(table(header: ("setting", "value"), rows))

      `config.json` has every setting, `metrics.jsonl` a line for every epoch.

      """
  }

  private var results: String? {
    guard let evaluation else { return nil }
    var rows: [(String, String)] = [
      ("examples", "\(evaluation.examples)"), ("loss", number(evaluation.loss)),
      ("reconstruction", number(evaluation.reconstruction)),
    ]
    if spec.posterior == .diagonalGaussian {
      rows.append(("KL, nats per example", number(evaluation.kl)))
    }
    rows.append(("ELBO, nats per example", number(evaluation.elbo)))
    if let estimate = evaluation.logLikelihood {
      rows.append(("log-likelihood, nats per example", number(estimate)))
    }
    return """
      ## Results

      On the \(evaluationName) data, with the weights in this folder:

      \(table(header: ("", evaluationName), rows))

      """
  }

  private func number(_ value: Double) -> String { String(format: "%.4f", value) }

  private func table(header: (String, String), _ rows: [(String, String)]) -> String {
    (["| \(header.0) | \(header.1) |", "|---|---|"] + rows.map { "| \($0.0) | \(cell($0.1)) |" })
      .joined(separator: "\n")
  }

  private func cell(_ text: String) -> String {
    text.replacingOccurrences(of: "|", with: "\\|").replacingOccurrences(of: "\n", with: " ")
  }

  // A name in a line of its own: no markup, no second line.
  private func inline(_ text: String) -> String {
    String(text.map { "\n\r`*_<>[]|#".contains($0) ? " " : $0 })
  }
}
