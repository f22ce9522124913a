/// A peak on a baseline with four or five parameters, of which the first three are height, position and width.
///
/// The engine compiles loops for each model, in double and single precision: `evaluate` is inlined into them, so it must be free
/// of branches, calls and allocations. All functions here work in the units of `Normalisation`; `scale` and `shift` say how to leave them.
public protocol PeakModel: Sendable {
  /// What `evaluate` needs of the parameters, computed once per pass over the samples.
  associatedtype Prepared

  /// Names of the parameters, in order.
  static var parameterNames: [String] { get }
  /// Number of parameters, 4 or 5; a literal, so that loops over it unroll.
  static var parameterCount: Int { get }
  /// Place of the constant part of the baseline.
  static var offsetIndex: Int { get }
  /// Place of the slope of the baseline, if there is one.
  static var slopeIndex: Int? { get }
  /// Smallest values that the model itself allows.
  static var lower: FitVector { get }
  /// Largest values that the model itself allows.
  static var upper: FitVector { get }

  /// The parameters and quotients of them.
  static func prepare(_ parameters: FitVector) -> Prepared
  /// Whether `evaluate` is so long that the engine does it in two loops, one for each stage.
  static var hasTwoStages: Bool { get }
  /// The first half of `evaluate` of a model with two stages.
  static func firstStage<Vector: FitLanes>(_ x: Vector, _ prepared: Prepared) -> (Vector, Vector, Vector)
  /// The second half, from what the first has made of the same abscissae.
  static func secondStage<Vector: FitLanes>(
    _ x: Vector, _ first: (Vector, Vector, Vector), _ prepared: Prepared
  ) -> ModelPoint<Vector>
  /// The model and its derivatives at as many abscissae as there are lanes.
  static func evaluate<Vector: FitLanes>(_ x: Vector, _ prepared: Prepared) -> ModelPoint<Vector>

  /// The size of a noteworthy change of each parameter, against which the tolerance is held.
  static func tolerableScale(_ parameters: FitVector) -> FitVector
  /// The largest fraction (0 to 1) of a step that stays where the linear model means something.
  static func stepFraction(_ parameters: FitVector, _ step: FitVector) -> Double
  /// Parameters in the units of the data per parameter in normalised units.
  static func scale(_ units: Normalisation) -> FitVector
  /// Parameters in the units of the data where the normalised ones are 0.
  static func shift(_ units: Normalisation) -> FitVector
  /// The representative among equivalent parameters, for example with positive width.
  static func canonical(_ parameters: FitVector) -> FitVector

  /// Start values from those of the best Gaussian, as (height, position, width, offset); several for several starts.
  static func start(gaussian: SIMD4<Double>, number: Int) -> FitVector
  /// Fits the whole batch; call `BatchFitter.fit`, which checks the arguments first.
  ///
  /// A requirement with one implementation for all, so that every model of this module gets a copy of the engine
  /// compiled for it alone, also when the caller sits in another module.
  static func fitAll(
    _ batch: ProfileBatch, starts: [Double]?, constraints: FitConstraints, options: FitOptions
  ) -> BatchFitResult
  /// Number of starts; with more than one, each begins from the converged Gaussian and the lowest χ² wins.
  static var startCount: Int { get }
}

extension PeakModel {
  /// One.
  public static var hasTwoStages: Bool { false }

  /// Nothing yet.
  @inline(__always)
  public static func firstStage<Vector: FitLanes>(_ x: Vector, _ prepared: Prepared) -> (Vector, Vector, Vector) {
    (x, x, x)
  }

  /// All of it.
  @inline(__always)
  public static func secondStage<Vector: FitLanes>(
    _ x: Vector, _ first: (Vector, Vector, Vector), _ prepared: Prepared
  ) -> ModelPoint<Vector> { evaluate(x, prepared) }

  /// The engine, compiled for this model.
  public static func fitAll(
    _ batch: ProfileBatch, starts: [Double]?, constraints: FitConstraints, options: FitOptions
  ) -> BatchFitResult {
    BatchFitter.run(batch, Self.self, starts, constraints, options)
  }

  /// No slope.
  public static var slopeIndex: Int? { nil }
  /// One start.
  public static var startCount: Int { 1 }
  /// No lower bound.
  public static var lower: FitVector { FitVector(repeating: -.infinity) }
  /// No upper bound.
  public static var upper: FitVector { FitVector(repeating: .infinity) }

  /// Heights against the height, position and width against the width, anything else against 1.
  public static func tolerableScale(_ parameters: FitVector) -> FitVector {
    var scale = FitVector(repeating: 1)
    scale[0] = abs(parameters[0])
    scale[1] = abs(parameters[2])
    scale[2] = abs(parameters[2])
    scale[offsetIndex] = max(abs(parameters[0]), abs(parameters[offsetIndex]))
    return scale
  }

  /// Position by at most two widths, width by at most a factor of about two.
  public static func stepFraction(_ parameters: FitVector, _ step: FitVector) -> Double {
    let width = abs(parameters[2])
    var fraction = 1.0
    if abs(step[1]) > 2 * width { fraction = 2 * width / abs(step[1]) }
    let change = step[2] * (parameters[2] < 0 ? -1 : 1)
    if change > width { fraction = min(fraction, width / change) }
    if change < -0.6 * width { fraction = min(fraction, -0.6 * width / change) }
    return fraction
  }

  /// Height, position, width and offset by the units of the axes, a slope by their ratio.
  public static func scale(_ units: Normalisation) -> FitVector {
    var scale = FitVector(repeating: 1)
    scale[0] = units.height
    scale[1] = units.width
    scale[2] = units.width
    scale[offsetIndex] = units.height
    if let slopeIndex { scale[slopeIndex] = units.height / units.width }
    return scale
  }

  /// The centre for the position, the base for the offset.
  public static func shift(_ units: Normalisation) -> FitVector {
    var shift = FitVector.zero
    shift[1] = units.center
    shift[offsetIndex] = units.base
    return shift
  }

  /// Positive width.
  public static func canonical(_ parameters: FitVector) -> FitVector {
    var result = parameters
    result[2] = abs(result[2])
    return result
  }
}
