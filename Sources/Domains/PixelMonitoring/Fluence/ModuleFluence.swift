import Errors
import Foundation

/// Mean fluence of sensor modules, readout groups, layers and rings, for 1 /fb.
public struct ModuleFluence: Sendable {
  /// Half the length of a module along the beam (barrel) or along r (end-cap), in cm.
  public static let halfLength = 3.24
  /// Half its width across, in cm.
  public static let halfWidth = 0.81
  /// Step of the earlier program along a module, in cm.
  static let compatibleStep = 0.1

  /// How a module is averaged.
  public enum Method: Sendable, Equatable {
    /// Along its length at the radius of its centre.
    case line
    /// Also across: a flat sensor reaches out to r = √(r₀² + l²).
    case flatSensor
  }

  /// One module or group with its means.
  public struct Entry: Sendable, Equatable {
    /// Its name.
    public var name: String
    /// Distance from the beam, in cm; mean over the modules of a group.
    public var r: Double
    /// Azimuth, in rad; circular mean over the modules of a group.
    public var phi: Double
    /// Place along the beam, in cm; mean over the modules of a group.
    public var z: Double
    /// Number of modules.
    public var modules: Int
    /// Mean fluence for 1 /fb, in n_eq/cm².
    public var mean: FluenceValue
    /// What the earlier program gave: steps of 0.1 cm, and for groups the sum over modules, in n_eq/cm².
    public var compatible: Double
  }

  private let field: FluenceField
  private let component: FluenceField.Component
  private let scale: Double
  private let method: Method

  /// Means of one kind of particle.
  ///
  /// - Throws: `fluence.noParticle`.
  public init(
    _ field: FluenceField, particle: FluenceParticle = .allpart, conversion: FluenceConversion = .run2,
    method: Method = .line
  ) throws(CavernError) {
    self.field = field
    self.method = method
    component = try field.component(particle)
    scale = conversion.collisionsPerInverseFemtobarn
  }

  /// A module.
  ///
  /// - Throws: `fluence.outside` naming the module when it reaches out of the field.
  public func entry(_ module: PixelModule) throws(CavernError) -> Entry {
    let weights = try weights(of: module)
    return Entry(
      name: module.name, r: module.radiusCentimetres, phi: module.azimuth, z: module.zCentimetres, modules: 1,
      mean: weights.mean(component).scaled(by: scale), compatible: try compatible(module))
  }

  /// The mean over modules of equal size; `compatible` is their sum.
  ///
  /// - Throws: as `entry(_:)`; `fluence.noModules` when there is none.
  public func entry(named name: String, over modules: [PixelModule]) throws(CavernError) -> Entry {
    guard !modules.isEmpty else {
      throw CavernError("fluence.noModules", "'\(name)' has no modules", exit: .badData)
    }
    var weights = FluenceWeights()
    var sum = 0.0
    let share = 1 / Double(modules.count)
    for module in modules {
      weights.add(try self.weights(of: module), share)
      sum += try compatible(module)
    }
    let sines = modules.reduce(0) { $0 + sin($1.azimuth) }
    let cosines = modules.reduce(0) { $0 + cos($1.azimuth) }
    return Entry(
      name: name, r: modules.reduce(0) { $0 + $1.radiusCentimetres } * share, phi: atan2(sines, cosines),
      z: modules.reduce(0) { $0 + $1.zCentimetres } * share, modules: modules.count,
      mean: weights.mean(component).scaled(by: scale), compatible: sum)
  }

  private func weights(of module: PixelModule) throws(CavernError) -> FluenceWeights {
    do throws(CavernError) {
      guard method == .flatSensor, module.group.subsystem == .barrel else {
        return try line(module, r: module.radiusCentimetres)
      }
      // Simpson's rule over the half width: the integrand is even and steps only at bin edges.
      let steps = 16
      var sum = FluenceWeights()
      for step in 0...steps {
        let across = Self.halfWidth * Double(step) / Double(steps)
        let factor = step == 0 || step == steps ? 1.0 : step.isMultiple(of: 2) ? 2 : 4
        let r = (module.radiusCentimetres * module.radiusCentimetres + across * across).squareRoot()
        sum.add(try line(module, r: r), factor / Double(3 * steps))
      }
      return sum
    } catch {
      throw Self.naming(module, error)
    }
  }

  private func line(_ module: PixelModule, r: Double) throws(CavernError) -> FluenceWeights {
    let (r0, z0) = (module.radiusCentimetres, module.zCentimetres)
    if module.group.subsystem == .barrel {
      return try FluenceWeights(field.grid, r: r, zFrom: z0 - Self.halfLength, to: z0 + Self.halfLength)
    }
    return try FluenceWeights(field.grid, z: z0, rFrom: r0 - Self.halfLength, to: r0 + Self.halfLength)
  }

  /// Steps of 0.1 cm from the edge + 0.05 while below the far edge: 65 steps over 6.48 cm, 0.31 % too many.
  private func compatible(_ module: PixelModule) throws(CavernError) -> Double {
    let isBarrel = module.group.subsystem == .barrel
    let centre = isBarrel ? module.zCentimetres : module.radiusCentimetres
    var sum = 0.0
    var step = 0
    while true {
      let along = centre - Self.halfLength + Self.compatibleStep * (Double(step) + 0.5)
      guard along < centre + Self.halfLength else { break }
      let (r, z) = isBarrel ? (module.radiusCentimetres, along) : (along, module.zCentimetres)
      guard let rBin = field.grid.r.bin(of: r), let zBin = field.grid.z.bin(of: z) else {
        throw Self.naming(module, field.grid.outside(r: r, z: z))
      }
      sum += component.values[field.grid.index(rBin, zBin)]
      step += 1
    }
    return sum * Self.compatibleStep / (2 * Self.halfLength) * scale
  }

  private static func naming(_ module: PixelModule, _ error: CavernError) -> CavernError {
    var named = error
    named.message = "module \(module.name): \(error.message)"
    return named
  }
}
