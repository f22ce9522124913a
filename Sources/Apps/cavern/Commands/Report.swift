import Arguments
import Results

/// What a command reports to the shell; a page of a result folder is a `Page`.
typealias Report = Arguments.Report

/// An interactive page of a result folder.
typealias Page = Results.Report
