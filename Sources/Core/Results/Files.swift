import Files

/// Files that appear whole or not at all; here as well because whoever writes results needs it.
public typealias AtomicFile = Files.AtomicFile
