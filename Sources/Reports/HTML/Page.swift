/// The style and the script of the pages.
enum Page {
  /// The style sheet of all pages.
  static let style = text(PackageResources.page_css)
  /// The script of a report, file after file: each uses those before it.
  static let script = [
    PackageResources.page_js, PackageResources.history_js, PackageResources.story_js,
    PackageResources.scene_js, PackageResources.drawing_js, PackageResources.timeline_js,
    PackageResources.replay_js, PackageResources.plots_js, PackageResources.main_js,
  ]
  .map(text).joined(separator: "\n")

  private static func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
}
