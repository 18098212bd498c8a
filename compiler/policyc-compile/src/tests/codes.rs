//! One test for each code: what is wrong, where, in which words.
