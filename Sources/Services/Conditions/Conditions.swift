// Conditions data: SQL databases, OMS, brilcalc; cached and replayable.
