// The module's map:
//
// - `FitState`, `FitOptions`, `FitConstraints`, `FitObjective`: what every fit shares.
// - `Batched/`: many small problems at once, arrays in and arrays out (`ProfileBatch`, `BatchFitter`, `BatchFitResult`).
// - `Models/`: one model a file, with its derivatives and its derived quantities.
// - `Vector/`: elementary functions on SIMD vectors and the special functions that the models need.
// - `RandomSource`: the seeded generator behind simulated data.
