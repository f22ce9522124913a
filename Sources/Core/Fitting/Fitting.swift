// The module's map:
//
// - `FitState`, `FitOptions`, `FitConstraints`, `FitObjective`: what every fit shares.
// - `Batched/`: many small problems at once, arrays in and arrays out (`ProfileBatch`, `BatchFitter`,
// `BatchFitResult`).
// - `Models/`: one model a file, with its derivatives and its derived quantities.
// - `Vector/`: elementary functions on SIMD vectors and the special functions that the models need.
// - `Formula/`: any formula as text, compiled to a flat program that differentiates itself.
// - `General/`: nonlinear fits of formulas (`FormulaFit` for one request, `FormulaFitter` for many datasets), certified.
// - `RandomSource`: the seeded generator behind simulated data.
//
// Layout of the batch engine: the samples of one problem across the lanes of a vector, problems one after the other.
// Profiles have 100 to 400 samples of different number and need different numbers of iterations; with a problem per lane
// the vector would run as long as its slowest lane, and samples would have to be interleaved first.
