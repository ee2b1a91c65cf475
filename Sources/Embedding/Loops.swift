import CEmbeddingKernels

/// The inner loops that suit this processor; see `heatlens_embedding.h`.
let loops = heatlens_embedding_loops().pointee
