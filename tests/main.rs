//! Tests of the whole: the program as people run it, and the house as it stands.
