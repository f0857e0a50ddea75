import Cluster
import Foundation
import TestSupport
import Testing

@Suite("Where histories go")
struct RecordingFilesTests {
  private let noon = Date(timeIntervalSince1970: 1_795_348_800.125)

  private func targets(_ path: String?, repetition: Int? = nil) -> [String] {
    RecordingFiles(path: path, name: "t3", started: noon, repetition: repetition).targets.map(\.relativePath)
  }

  @Test("without a path there is a file named after the run and its time, and the latest")
  func names() {
    #expect(targets(nil) == ["histories/t3-20261122T120000.125.jsonl", "histories/run.jsonl"])
    #expect(targets(nil, repetition: 3) == targets(nil))
  }

  @Test(
    "with a path there is that file, numbered before its ending when there are several runs",
    arguments: [
      ("my.jsonl", "my-2.jsonl"), ("a/b.c/my.jsonl", "a/b.c/my-2.jsonl"), ("my", "my-2"),
      ("my.old.jsonl", "my.old-2.jsonl"),
      ("a b/é %20.jsonl", "a b/é %20-2.jsonl"),
    ])
  func paths(path: String, numbered: String) {
    #expect(targets(path) == [path])
    let target = targets(path, repetition: 2)
    #expect(target == [numbered] || target == ["./" + numbered])
  }

  @Test("folders are made, and a file is replaced whole")
  func writing() throws {
    try withTemporaryFolder { folder in
      let path = folder.appending(path: "a/b/my.jsonl").plainPath
      let files = RecordingFiles(path: path, name: "t", started: noon, repetition: nil)
      try files.prepare()
      for text in ["a longer text", "short"] {
        try files.write(Array(text.utf8))
        #expect(try String(contentsOfFile: path, encoding: .utf8) == text)
      }
      #expect(
        try FileManager.default.contentsOfDirectory(atPath: folder.appending(path: "a/b").plainPath) == [
          "my.jsonl"
        ])
    }
  }

  @Test("a place that cannot be written to is named before the run")
  func unwritable() throws {
    try withTemporaryFolder { folder in
      let file = folder.appending(path: "file")
      try Data().write(to: file)
      for path in [file.appending(path: "my.jsonl").plainPath, folder.plainPath] {
        let files = RecordingFiles(path: path, name: "t", started: noon, repetition: nil)
        #expect {
          try files.prepare()
        } throws: { error in
          (error as? RecordingFiles.Failure)?.description.contains(folder.plainPath.dropLast()) == true
        }
      }
    }
  }

  @Test("a pipe is written to and stays a pipe")
  func pipe() throws {
    try withTemporaryFolder { folder in
      let path = folder.appending(path: "pipe").plainPath
      try #require(mkfifo(path, 0o600) == 0)
      let descriptor = open(path, O_RDWR | O_NONBLOCK)
      defer { close(descriptor) }
      let files = RecordingFiles(path: path, name: "t", started: noon, repetition: nil)
      try files.prepare()
      try files.write(Array("text".utf8))
      var bytes = [UInt8](repeating: 0, count: 10)
      #expect(read(descriptor, &bytes, 10) == 4)
    }
  }
}
