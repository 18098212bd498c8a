//! modules, names, types, checks, lowering to the decision tree
