//! The standard library, part of the program: a policy that uses `std.net` needs no file beside it.

/// Name and text of each module, sorted by name.
pub const MODULES: &[(&str, &str)] = &[
    ("budgets.policy", include_str!("../../../stdlib/budgets.policy")),
    ("cloud.policy", include_str!("../../../stdlib/cloud.policy")),
    ("fs.policy", include_str!("../../../stdlib/fs.policy")),
    ("hazards.policy", include_str!("../../../stdlib/hazards.policy")),
    ("injection.policy", include_str!("../../../stdlib/injection.policy")),
    ("mail.policy", include_str!("../../../stdlib/mail.policy")),
    ("mcp.policy", include_str!("../../../stdlib/mcp.policy")),
    ("net.policy", include_str!("../../../stdlib/net.policy")),
    ("payments.policy", include_str!("../../../stdlib/payments.policy")),
    ("programs.policy", include_str!("../../../stdlib/programs.policy")),
    ("risk.policy", include_str!("../../../stdlib/risk.policy")),
    ("secrets.policy", include_str!("../../../stdlib/secrets.policy")),
    ("shell.policy", include_str!("../../../stdlib/shell.policy")),
    ("sql.policy", include_str!("../../../stdlib/sql.policy")),
    ("verbs.policy", include_str!("../../../stdlib/verbs.policy")),
    ("web.policy", include_str!("../../../stdlib/web.policy")),
];

/// The text of a file of the standard library.
pub fn file(name: &str) -> Option<&'static str> {
    MODULES.iter().find(|(n, _)| *n == name).map(|(_, text)| *text)
}

/// The modules, as a policy names them: `std.net`.
pub fn names() -> Vec<String> {
    MODULES
        .iter()
        .filter_map(|(n, _)| n.strip_suffix(".policy"))
        .map(|n| format!("std.{}", n.replace('/', ".")))
        .collect()
}
