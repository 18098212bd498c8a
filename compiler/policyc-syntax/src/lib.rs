//! grammar, syntax tree, parser with recovery, formatter
