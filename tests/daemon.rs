//! The daemon as a process, against servers on loopback.
