//! A reader of LCOV's tracefiles, as strict as `genhtml`: known records, sums that agree.

use std::collections::BTreeMap;

/// Hits of lines, by file.
pub fn read(text: &str) -> BTreeMap<String, BTreeMap<usize, u64>> {
    let (mut all, mut file, mut lines) = (BTreeMap::new(), String::new(), BTreeMap::new());
    let (mut branches, mut taken, mut functions, mut called) = (0_u64, 0_u64, 0_u64, 0_u64);
    for line in text.lines() {
        if line == "end_of_record" {
            assert!(!file.is_empty(), "a record without a file");
            all.insert(std::mem::take(&mut file), std::mem::take(&mut lines));
            (branches, taken, functions, called) = (0, 0, 0, 0);
            continue;
        }
        let (key, value) = line.split_once(':').unwrap_or_else(|| panic!("no record: {line}"));
        let numbers = || value.split(',').map(|n| n.parse::<u64>().ok()).collect::<Vec<_>>();
        match key {
            "TN" => {}
            "SF" => value.clone_into(&mut file),
            "DA" => {
                let n = numbers();
                lines.insert(usize::try_from(n[0].unwrap()).unwrap(), n[1].unwrap());
            }
            "FN" => functions += u64::from(numbers()[0].unwrap() > 0),
            "FNDA" => called += u64::from(numbers()[0].unwrap() > 0),
            "BRDA" => {
                branches += 1;
                let n = numbers();
                assert!(n.len() == 4 && n[..3].iter().all(Option::is_some), "{line}");
                assert!(value.ends_with(",-") || n[3].is_some(), "{line}");
                taken += u64::from(n[3].is_some_and(|n| n > 0));
            }
            "LF" => assert_eq!(numbers(), [Some(lines.len() as u64)]),
            "LH" => assert_eq!(numbers(), [Some(lines.values().filter(|h| **h > 0).count() as u64)]),
            "BRF" => assert_eq!(numbers(), [Some(branches)]),
            "BRH" => assert_eq!(numbers(), [Some(taken)]),
            "FNF" => assert_eq!(numbers(), [Some(functions)]),
            "FNH" => assert_eq!(numbers(), [Some(called)]),
            other => panic!("LCOV has no record `{other}`"),
        }
    }
    assert!(file.is_empty(), "a record without an end");
    all
}
