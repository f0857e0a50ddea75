import Cluster
import Foundation
import History
import TestSupport
import Testing

/// A history of one event, told apart by a name, of a part in a folder.
private func history(_ name: String, in folder: URL) throws -> PartedHistory {
  let part = folder.appending(path: "0.jsonl")
  try Data(#"{"mono":1,"name":"\#(name)"}"#.utf8 + [10]).write(to: part)
  var merge = HistoryMerge()
  try merge.add(part: part.plainPath)
  return PartedHistory(merge, run: RunDescription(name: "t"), isClean: true)
}

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
      for name in ["a longer name", "short"] {
        #expect(try files.write(history(name, in: files.parts)).plainPath == path)
        let text = try String(contentsOfFile: path, encoding: .utf8)
        #expect(text.contains(#""name":"\#(name)""#) && text.hasSuffix("\"events\":1}\n"))
      }
      #expect(try FileManager.default.contentsOfDirectory(atPath: files.parts.plainPath) == ["0.jsonl"])
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

  @Test("a file that cannot be put into its place leaves nothing but the parts")
  func misplaced() throws {
    try withTemporaryFolder { folder in
      let files = try files(folder.appending(path: "my.jsonl").plainPath)
      let history = try history("x", in: files.parts)
      try FileManager.default.createDirectory(at: files.targets[0], withIntermediateDirectories: false)
      #expect {
        try files.write(history)
      } throws: { error in
        (error as? RecordingFiles.Failure)?.description
          == "\(files.targets[0].plainPath): cannot be written: Is a directory"
      }
      #expect(try FileManager.default.contentsOfDirectory(atPath: files.parts.plainPath) == ["0.jsonl"])
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
      let whole = try files.write(history("x", in: files.parts))
      var bytes = [UInt8](repeating: 0, count: 1000)
      let count = read(descriptor, &bytes, bytes.count)
      // Who judges it reads it where it can be read again.
      #expect(try Data(contentsOf: whole) == Data(bytes.prefix(count)))
      files.removeParts()
    }
  }
}
