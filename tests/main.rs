//! The project's tests, one binary.

mod code_pages;
mod properties;
