//! Tables, right and wrong.

use std::sync::Arc;

use super::read;
use crate::hir::{Decimal, Field, RecordTy, Ty, Value};

fn d(text: &str) -> Decimal {
    Decimal::parse(text).unwrap()
}

fn record(entries: &[(&str, Value)]) -> Value {
    Value::Record(entries.iter().map(|(k, v)| ((*k).to_owned(), v.clone())).collect())
}

fn map(of: Ty) -> Ty {
    Ty::Map(Arc::new(of))
}

fn row_type() -> Ty {
    let field = |name: &str, ty: Ty, default: Option<Value>| Field {
        name: name.to_owned(),
        ty,
        default,
        span: policyc_diag::Span::default(),
    };
    Ty::Record(Arc::new(RecordTy {
        fields: vec![
            field("gpu", Ty::Bool, Some(Value::Bool(false))),
            field("note", Ty::Optional(Arc::new(Ty::Text)), None),
            field("price", Ty::Money("USD".into()), None),
        ],
        open: false,
    }))
}

#[test]
fn a_map_from_csv_takes_the_first_column_or_the_one_called_key() {
    let ty = map(Ty::Decimal);
    let expected = record(&[("a", Value::Decimal(d("1.50"))), ("b", Value::Decimal(d("0.1")))]);
    assert_eq!(read(&ty, "t.csv", b"name,price\na,1.50\nb,0.1\n"), Ok(expected.clone()));
    assert_eq!(read(&ty, "t.CSV", b"\xef\xbb\xbfprice,key\r\n1.5,a\r\n\"0.1\",b\r\n"), Ok(expected));
}

#[test]
fn rows_of_records_are_found_by_their_columns() {
    let table =
        read(&map(row_type()), "t.csv", b"key,price,note,gpu\np5,98.32 USD,,true\nt3,0.01,\"small, old\",false\n");
    let p5 =
        record(&[("gpu", Value::Bool(true)), ("note", Value::Null), ("price", Value::Money(d("98.32"), "USD".into()))]);
    let t3 = record(&[
        ("gpu", Value::Bool(false)),
        ("note", Value::Text("small, old".into())),
        ("price", Value::Money(d("0.01"), "USD".into())),
    ]);
    assert_eq!(table, Ok(record(&[("p5", p5), ("t3", t3)])));
}

#[test]
fn lists_and_sets_come_from_one_column() {
    let hosts = read(&Ty::Set(Arc::new(Ty::Host)), "t.csv", b"host\nB.example.\na.example\n");
    assert_eq!(hosts, Ok(Value::List(vec![Value::Host("a.example".into()), Value::Host("b.example".into())])));
    let numbers = read(&Ty::List(Arc::new(Ty::Int)), "t.csv", b"n\n3\n-1\n3\n");
    assert_eq!(numbers, Ok(Value::List(vec![Value::Int(3), Value::Int(-1), Value::Int(3)])));
}

#[test]
fn json_is_typed_and_numbers_are_exact() {
    let ty = map(row_type());
    let table = read(&ty, "t.json", br#"{"p5": {"price": 98.320000000000000001}}"#);
    let p5 = record(&[("gpu", Value::Bool(false)), ("price", Value::Money(d("98.320000000000000001"), "USD".into()))]);
    assert_eq!(table, Ok(record(&[("p5", p5)])));
    let nets = read(&Ty::List(Arc::new(Ty::Cidr)), "t.json", br#"["10.0.0.0/8", "fd00::/8"]"#);
    assert_eq!(nets, Ok(Value::List(vec![Value::Network("10.0.0.0/8".into()), Value::Network("fd00::/8".into())])));
}

fn problems(ty: &Ty, name: &str, text: &str) -> String {
    read(ty, name, text.as_bytes()).unwrap_err().join("\n")
}

#[test]
fn what_does_not_fit_is_named_by_its_place() {
    let prices = map(Ty::Decimal);
    assert_eq!(
        problems(&prices, "t.csv", "k,v\na,1.5\na,x\na,2\n"),
        "line 3, column `v`: `x` is not a decimal number\nline 4: the same stands in line 2"
    );
    assert_eq!(problems(&prices, "t.csv", "k,v\na\n"), "line 2 has 1 cells and the header 2");
    assert_eq!(
        problems(&prices, "t.csv", "k,v,w\n"),
        "there are 3 columns where there should be a key and one column of values"
    );
    assert_eq!(
        problems(&map(row_type()), "t.csv", "key,prise\na,1\n"),
        "no field is called as the column `prise`; did you mean `price`?\nthe column `price` is missing"
    );
    assert_eq!(
        problems(&map(row_type()), "t.json", r#"{"a": {"price": "5 EUR", "gpus": true}}"#),
        "`a`, `price`: `5 EUR` is not an amount of USD\n`a`, `gpus` is not declared; did you mean `gpu`?\n`a`: `price` is missing"
    );
    let colours = Ty::List(Arc::new(Ty::Enum(["red".to_owned(), "green".to_owned()].into())));
    assert_eq!(
        problems(&colours, "t.json", r#"["red", "gren"]"#),
        "item 2: `gren` is not one of `red` and `green`; did you mean `green`?"
    );
    assert!(problems(&prices, "t.json", r#"{"a": 1, "a": 2}"#).contains("`a`"), "a key stands once");
    assert!(problems(&prices, "t.json", "{").len() > 5);
    assert_eq!(problems(&prices, "t.yaml", ""), "`t.yaml` is neither `.json` nor `.csv`");
    assert_eq!(problems(&Ty::Int, "t.csv", "a\n1\n"), "a CSV file is a list, a set or a map, not an integer");
    assert!(
        problems(&Ty::List(Arc::new(Ty::Ip)), "t.json", r#"["010.0.0.1"]"#)
            .starts_with("item 1: `010.0.0.1` is not an address: ")
    );
}

#[test]
fn many_problems_are_counted_and_not_repeated() {
    let text = format!("n\n{}", "x\n".repeat(100));
    let found = read(&Ty::List(Arc::new(Ty::Int)), "t.csv", text.as_bytes()).unwrap_err();
    assert_eq!((found.len(), found.last().map(String::as_str)), (21, Some("and 80 more like these")));
}
