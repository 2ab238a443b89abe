// `import Variational` is enough: layers, shapes and matrices come with it.

@_exported public import Kernels
@_exported public import Networks
