import Datasets
import Foundation
import Geometry
import Scene
import Testing

@testable import AppCore
@testable import Renderer

extension Drawing {
  /// Within `Drawing`, so that it is one at a time with all else that needs OpenGL.
  @Suite("Golden pictures")
  struct Golden {
    private func drawn(_ scene: Scene, _ part: Rect) throws -> (picture: PNGPicture, versions: DrawingVersions) {
      try Drawing().withRenderer(Int(scene.size.width), Int(scene.size.height)) { renderer in
        renderer.draw(scene)
        return (renderer.readPixels().part(part), try .ofThisMachine())
      }
    }

    @Test("what the window looks like", arguments: GoldenState.all)
    func looks(_ state: GoldenState) throws {
      let (reached, part) = try state.reached()
      let (picture, versions) = try drawn(AppCore.scene(of: reached), part)
      if GoldenPictures.isWriting {
        try GoldenPictures.write(picture, state.name)
        try versions.write()
        return
      }
      let golden = try? readPNG(GoldenPictures.path(state.name))
      let comparison: PictureComparison = versions.drawsTheSame(as: .ofTheFiles()) ? .exact : .tolerant
      let problem = golden.map { comparison.problem(picture, $0) } ?? "no such picture was there"
      guard let problem else { return }
      let folder = try GoldenPictures.keep(picture, unlike: golden, state.name)
      Issue.record("\(state.name): \(problem); what was drawn, and where it differs: \(folder)/\(state.name)*.png")
    }

    @Test("every state has a picture, every picture a state, and no two states one name")
    func filesAndStates() throws {
      let names = GoldenState.all.map(\.name)
      #expect(Set(names).count == names.count)
      if GoldenPictures.isWriting {
        for name in try GoldenPictures.names().subtracting(names) { try FileManager.default.removeItem(atPath: GoldenPictures.path(name)) }
        return
      }
      #expect(try GoldenPictures.names() == Set(names))
      #expect(DrawingVersions.ofTheFiles() != nil)
    }

    @Test("a state is reached the same way each time")
    func sameEachTime() throws {
      for state in stride(from: 1, to: GoldenState.all.count, by: 7).map({ GoldenState.all[$0] }) {
        #expect(try AppCore.scene(of: state.reached().state) == AppCore.scene(of: state.reached().state), "\(state.name)")
      }
    }

    @Test("one changed pixel is found where bytes are compared; a shifted or missing word where they are not")
    func comparisonsFail() throws {
      let state = try #require(GoldenState.all.first { $0.name == "explained" })
      let (reached, part) = try state.reached()
      let scene = AppCore.scene(of: reached)
      let picture = try drawn(scene, part).picture
      #expect(PictureComparison.exact.problem(picture, picture) == nil)
      #expect(PictureComparison.tolerant.problem(picture, picture) == nil)

      var pixels = picture.pixels
      pixels[pixels.count / 2] ^= 1
      let changed = PNGPicture(width: picture.width, height: picture.height, channels: 3, pixels: pixels)
      #expect(PictureComparison.exact.problem(changed, picture) != nil)
      #expect(PictureComparison.tolerant.problem(changed, picture) == nil)

      let place = try #require(
        scene.items.firstIndex { item in
          if case .text(let text) = item.primitive { text.string.count > 12 } else { false }
        })
      var (shifted, missing) = (scene, scene)
      missing.items.remove(at: place)
      if case .text(var text) = shifted.items[place].primitive {
        text.anchor = text.anchor + Point(3, 0)
        shifted.items[place].primitive = .text(text)
      }
      for other in [shifted, missing] {
        #expect(PictureComparison.tolerant.problem(try drawn(other, part).picture, picture) != nil)
      }

      let smaller = PNGPicture(
        width: picture.width, height: picture.height - 1, channels: 3, pixels: Array(pixels.dropLast(3 * picture.width)))
      for comparison in [PictureComparison.exact, .tolerant] { #expect(comparison.problem(smaller, picture) != nil) }
    }
  }
}
