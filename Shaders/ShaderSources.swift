/// The GLSL programs, one vertex and one fragment shader each, under the names of their files.
public enum ShaderSource: String, CaseIterable, Sendable {
  case shapes
  case image
  case text
  case pointCloud = "point_cloud"
  case thumbnail

  /// GLSL 3.30 source of the vertex shader.
  public var vertex: String {
    switch self {
    case .shapes: String(decoding: PackageResources.shapes_vert, as: UTF8.self)
    case .image: String(decoding: PackageResources.image_vert, as: UTF8.self)
    case .text: String(decoding: PackageResources.text_vert, as: UTF8.self)
    case .pointCloud: String(decoding: PackageResources.point_cloud_vert, as: UTF8.self)
    case .thumbnail: String(decoding: PackageResources.thumbnail_vert, as: UTF8.self)
    }
  }

  /// GLSL 3.30 source of the fragment shader.
  public var fragment: String {
    switch self {
    case .shapes: String(decoding: PackageResources.shapes_frag, as: UTF8.self)
    case .image: String(decoding: PackageResources.image_frag, as: UTF8.self)
    case .text: String(decoding: PackageResources.text_frag, as: UTF8.self)
    case .pointCloud: String(decoding: PackageResources.point_cloud_frag, as: UTF8.self)
    case .thumbnail: String(decoding: PackageResources.thumbnail_frag, as: UTF8.self)
    }
  }
}
