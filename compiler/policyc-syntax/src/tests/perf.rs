use crate::*;
use pest::Parser;
fn cpu() -> f64 {
    let s = std::fs::read_to_string("/proc/thread-self/stat").unwrap();
    let v: Vec<&str> = s.rsplit(')').next().unwrap().split_whitespace().collect();
    (v[11].parse::<f64>().unwrap() + v[12].parse::<f64>().unwrap()) * 10.0
}
fn t<T>(name: &str, f: impl FnOnce() -> T) -> T {
    let s = cpu();
    let r = f();
    eprintln!("{name}: {} ms cpu", cpu() - s);
    r
}
#[test]
#[ignore]
fn perf() {
    let mut s = String::new();
    for i in 0..10000 {
        s.push_str(&format!("rule r_{i}\n  deny tool_{i}.x\n  when args.count > {i} and labels.env == prod\n  because \"no {{args.count}}\"\n\n"));
    }
    let l = t("lexemes", || lexemes(&s));
    eprintln!("{}", l.len());
    t("nesting", || crate::nesting::too_deep(&s, &l));
    let n =
        t("pest file", || crate::grammar::Grammar::parse(crate::grammar::Rule::file, &s).unwrap().flatten().count());
    eprintln!("{n}");
    t("parse", || parse(policyc_diag::FileId(0), &s));
    t("format", || format(&s).unwrap().len());
    for g in ["x\n", "a // c\n", "let x = 1\n", "a b\n"] {
        let x = g.repeat(4_000_000 / g.len());
        t(g, || parse(policyc_diag::FileId(0), &x));
    }
}
