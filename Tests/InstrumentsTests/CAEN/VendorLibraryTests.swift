import Errors
import Foundation
import Instruments
import TestSupport
import Testing

@Suite("The vendor's library, loaded while the program runs")
struct VendorLibraryTests {
  /// A stand-in with the calls of the real one: one board of four channels whose VSet can be set.
  private static let source = """
    #include <stdlib.h>
    #include <string.h>
    typedef unsigned short ushort;
    static float vset[4]; static unsigned pw[4]; static int open_ = 0;
    int CAENHV_InitSystem(int type, int link, void *arg, const char *user, const char *pass, int *handle) {
      if (type != 6 || link != 0 || strcmp(arg, "192.0.2.20")) return 0x1001 + 6;
      if (open_) return 24;
      open_ = 1; *handle = 0; return 0;
    }
    int CAENHV_DeinitSystem(int handle) { open_ = 0; return 0; }
    int CAENHV_GetCrateMap(int handle, ushort *n, ushort **ch, char **model, char **text, ushort **serial,
                           unsigned char **low, unsigned char **high) {
      *n = 2; *ch = calloc(2, 2); (*ch)[0] = 4; *model = calloc(32, 1); strcpy(*model, "R1470ET");
      *text = calloc(32, 1); strcpy(*text, "4 channels"); *serial = calloc(2, 2); (*serial)[0] = 19198;
      *low = calloc(2, 1); (*low)[0] = 8; *high = calloc(2, 1); (*high)[0] = 1; return 0;
    }
    int CAENHV_GetChParamInfo(int handle, ushort slot, ushort ch, char **names, int *count) {
      *count = 3; *names = calloc(3, 10); strcpy(*names, "VSet"); strcpy(*names + 10, "Pw"); strcpy(*names + 20, "Polarity");
      return 0;
    }
    int CAENHV_GetChParam(int handle, ushort slot, const char *name, ushort n, const ushort *list, void *values) {
      for (int i = 0; i < n; i++) {
        if (list[i] > 3) return 10;
        if (!strcmp(name, "VSet")) ((float *)values)[i] = vset[list[i]];
        else if (!strcmp(name, "Pw")) ((unsigned *)values)[i] = pw[list[i]];
        else return 22;
      }
      return slot ? 7 : 0;
    }
    int CAENHV_SetChParam(int handle, ushort slot, const char *name, ushort n, const ushort *list, void *value) {
      for (int i = 0; i < n; i++) {
        if (list[i] > 3) return 10;
        if (!strcmp(name, "VSet")) vset[list[i]] = *(float *)value; else pw[list[i]] = *(unsigned *)value;
      }
      return 0;
    }
    int CAENHV_GetChParamProp(int h, ushort s, ushort c, const char *name, const char *prop, void *value) {
      *(float *)value = strcmp(prop, "Maxval") ? 0 : 8000; return 0;
    }
    int CAENHV_Free(void *p) { free(p); return 0; }
    """

  private func build(_ source: String, in folder: URL) throws -> String {
    let file = folder.appending(path: "standin.c")
    let library = folder.appending(path: "libstandin.so").path
    try Data(source.utf8).write(to: file)
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = ["cc", "-shared", "-fPIC", "-o", library, file.path]
    try process.run()
    process.waitUntilExit()
    try #require(process.terminationStatus == 0)
    return library
  }

  @Test("names its boards, reads and sets, with handle 0 taken as valid")
  func standIn() throws {
    try withTemporaryFolder { folder in
      let library = try VendorLibrary(path: try build(Self.source, in: folder))
      try library.connect(.tcp, "192.0.2.20")
      let boards = try library.boards()
      #expect(boards.count == 1)
      #expect(boards.first?.model == "R1470ET")
      #expect(boards.first?.serial == 19198)
      #expect(boards.first?.firmware == "1.8")
      #expect(try library.parameterNames(slot: 0, channel: 0) == ["VSet", "Pw", "Polarity"])
      try library.set(slot: 0, "VSet", channels: [1, 2], to: Float(450))
      try library.set(slot: 0, "Pw", channels: [1], to: UInt32(1))
      #expect(try library.numbers(slot: 0, "VSet", channels: [0, 1, 2, 3]) == [0, 450, 450, 0])
      #expect(try library.words(slot: 0, "Pw", channels: [0, 1]) == [0, 1])
      #expect(try library.property(slot: 0, channel: 0, "VSet", "Maxval") == 8000)
      #expect(caught { try library.numbers(slot: 0, "VSet", channels: [4]) }?.code == "caen.library.outOfRange")
      #expect(caught { try library.numbers(slot: 0, "Volts", channels: [0]) }?.code == "caen.library.noParameter")
      #expect(caught { try library.numbers(slot: 1, "VSet", channels: [0]) }?.code == "caen.library.slotNotPresent")
      try library.disconnect()
      #expect(caught { try library.boards() }?.code == "caen.library.notConnected")
      #expect(caught { try library.connect(.tcp, "192.0.2.99") }?.code == "caen.library.login")
    }
  }

  @Test("that is not there, or lacks a call, is refused with its name")
  func absent() throws {
    #expect(caught { try VendorLibrary(path: "/nonexistent/lib.so") }?.code == "caen.library.missing")
    try withTemporaryFolder { folder in
      let path = try build("int CAENHV_InitSystem(void) { return 0; }", in: folder)
      let error = caught { try VendorLibrary(path: path) }
      #expect(error?.code == "caen.library.incomplete")
      #expect(error?.message.contains("CAENHV_DeinitSystem") == true)
    }
  }
}
