import Cluster
import Foundation
import TestSupport
import Testing

@Suite("Where histories go")
struct RecordingFilesTests {
  private let noon = Date(timeIntervalSince1970: 1_795_348_800.125)

  private func files(_ path: String, repetition: Int? = nil) throws -> RecordingFiles {
    try RecordingFiles(.file(path), name: "t3", started: noon, repetition: repetition)
  }

  @Test(
    "the file asked for is numbered before its ending when there are several runs",
    arguments: [
      ("my.jsonl", "my-2.jsonl"), ("a/b.c/my.jsonl", "a/b.c/my-2.jsonl"), ("my", "my-2"),
      ("my.old.jsonl", "my.old-2.jsonl"), ("a b/é %20.jsonl", "a b/é %20-2.jsonl"),
    ])
  func paths(path: String, numbered: String) throws {
    try withTemporaryFolder { folder in
      let path = folder.appending(path: path).plainPath
      let only = try files(path)
      #expect(only.targets.map(\.plainPath) == [path])
      let second = try files(path, repetition: 2)
      #expect(second.targets.map(\.plainPath) == [folder.appending(path: numbered).plainPath])
    }
  }

  @Test("the clients record in a new folder, never in one that is there")
  func parts() throws {
    try withTemporaryFolder { folder in
      let path = folder.appending(path: "my.jsonl").plainPath
      let folders = try [files(path), files(path), files(path)].map(\.parts.lastPathComponent)
      #expect(folders == ["my.parts", "my-2.parts", "my-3.parts"])
    }
  }

  @Test("folders are made, and a file is replaced whole")
  func writing() throws {
    try withTemporaryFolder { folder in
      let path = folder.appending(path: "a/b/my.jsonl").plainPath
      let files = try files(path)
      for text in ["a longer text", "short"] {
        try files.write(Array(text.utf8))
        #expect(try String(contentsOfFile: path, encoding: .utf8) == text)
      }
      let names = try FileManager.default.contentsOfDirectory(atPath: folder.appending(path: "a/b").plainPath)
      #expect(names.sorted() == ["my.jsonl", "my.parts"])
    }
  }

  @Test("a place that cannot be written to is named before the run")
  func unwritable() throws {
    try withTemporaryFolder { folder in
      let file = folder.appending(path: "file")
      try Data().write(to: file)
      for path in [file.appending(path: "my.jsonl").plainPath, folder.plainPath] {
        #expect {
          try files(path)
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
      let files = try files(path)
      try files.write(Array("text".utf8))
      var bytes = [UInt8](repeating: 0, count: 10)
      #expect(read(descriptor, &bytes, 10) == 4)
    }
  }
}
