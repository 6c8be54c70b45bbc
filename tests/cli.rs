//! Each command on its real output: what it prints, where, and how it exits.
