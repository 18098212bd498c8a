//! Functions that are known: those that only compute, those that write, those that reach outside.
//!
//! A name that stands in no table is not known, and a statement that calls it is not known to read only. The tables
//! hold what the servers bring along; that somebody has defined another function of such a name cannot be seen.

use super::Reach;

/// What a function is known to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Effect {
    /// Computes from its arguments, the rows and the catalogue.
    Pure,
    /// Writes, or changes the state of the server.
    Writes,
    /// Reaches out.
    Reaches(Reach),
}

/// What is known of a function; the name is in lower case, without schema.
pub(super) fn effect(name: &str) -> Option<Effect> {
    let has = |table: &[&str]| table.binary_search(&name).is_ok();
    if has(PURE) {
        return Some(Effect::Pure);
    }
    if has(WRITES) {
        return Some(Effect::Writes);
    }
    let reach = |reach| Some(Effect::Reaches(reach));
    if has(PROGRAMS) {
        reach(Reach::Program)
    } else if has(FILES) || FILE_PREFIXES.iter().any(|p| name.starts_with(p)) {
        reach(Reach::File)
    } else if has(NETWORK) || NETWORK_PREFIXES.iter().any(|p| name.starts_with(p)) {
        reach(Reach::Network)
    } else if name.starts_with("xp_") || name.starts_with("sp_oa") {
        // Extended procedures are libraries of the server.
        reach(Reach::Program)
    } else {
        None
    }
}

const FILE_PREFIXES: &[&str] = &["pg_ls_", "pg_read_", "read_csv", "read_json", "read_parquet"];
const NETWORK_PREFIXES: &[&str] = &["dblink", "http_", "net.http", "utl_http"];

/// Run programs or load libraries.
#[rustfmt::skip]
const PROGRAMS: &[&str] = &[
    "dbms_scheduler", "exec_shell", "executable", "java_method", "lib_mysqludf_sys_info", "load_extension", "shell",
    "sp_execute_external_script", "sp_oacreate", "sp_oamethod", "sp_start_job", "sys_eval", "sys_exec", "sys_get",
    "sys_set", "system", "xp_cmdshell",
];
/// Read or write files of the server.
#[rustfmt::skip]
const FILES: &[&str] = &[
    "bulk_openrowset", "csv_scan", "file", "fileread", "fsdir", "lo_export", "lo_import", "load_file", "openrowset",
    "parquet_file_metadata", "parquet_metadata", "parquet_scan", "parquet_schema", "pg_current_logfile",
    "pg_file_read", "pg_file_rename", "pg_file_sync", "pg_file_unlink", "pg_file_write", "pg_logdir_ls",
    "pg_ls_archive_statusdir", "pg_ls_dir", "pg_ls_logdir", "pg_ls_tmpdir", "pg_ls_waldir", "pg_read_binary_file",
    "pg_read_file", "pg_stat_file", "postgres_attach", "read_blob", "read_text", "readfile", "sniff_csv",
    "sqlite_attach", "sqlite_scan", "writefile", "xp_delete_file", "xp_dirtree", "xp_fileexist", "xp_subdirs",
    "zipfile",
];
/// Contact other servers.
#[rustfmt::skip]
const NETWORK: &[&str] = &[
    "ai_complete", "ai_generate", "aws_lambda_invoke", "azureblobstorage", "deltalake", "external_query", "gcs",
    "hdfs", "http", "http_delete", "http_get", "http_post", "http_put", "hudi", "iceberg", "invoke_lambda", "jdbc",
    "mongodb", "mysql", "mysql_query", "mysql_scan", "net_http_get", "odbc", "opendatasource", "openquery",
    "postgres_query", "postgres_scan", "postgresql", "redis", "remote", "remotesecure", "s3", "s3cluster",
    "sp_invoke_external_rest_endpoint", "system_send_email", "url", "urlcluster",
];
/// Write or change the state of the server.
#[rustfmt::skip]
const WRITES: &[&str] = &[
    "benchmark", "brin_desummarize_range", "brin_summarize_new_values", "brin_summarize_range", "cursor_to_xml",
    "database_to_xml", "dbms_sql", "get_lock", "gin_clean_pending_list", "last_insert_id_set", "lo_close", "lo_creat",
    "lo_create", "lo_from_bytea", "lo_open", "lo_put", "lo_truncate", "lo_truncate64", "lo_unlink", "lowrite",
    "master_pos_wait", "nextval", "pg_advisory_lock", "pg_advisory_lock_shared", "pg_advisory_unlock",
    "pg_advisory_unlock_all", "pg_advisory_xact_lock", "pg_advisory_xact_lock_shared", "pg_backup_start",
    "pg_backup_stop", "pg_cancel_backend", "pg_copy_logical_replication_slot", "pg_copy_physical_replication_slot",
    "pg_create_logical_replication_slot", "pg_create_physical_replication_slot", "pg_create_restore_point",
    "pg_current_xact_id", "pg_drop_replication_slot", "pg_extension_config_dump", "pg_import_system_collations",
    "pg_log_backend_memory_contexts", "pg_logical_emit_message", "pg_logical_slot_get_binary_changes",
    "pg_logical_slot_get_changes", "pg_notify", "pg_promote", "pg_reload_conf", "pg_replication_origin_create",
    "pg_replication_origin_drop", "pg_replication_slot_advance", "pg_rotate_logfile", "pg_sleep", "pg_sleep_for",
    "pg_sleep_until", "pg_start_backup", "pg_stat_reset", "pg_stat_reset_shared",
    "pg_stat_reset_single_function_counters", "pg_stat_reset_single_table_counters", "pg_stat_reset_slru",
    "pg_stat_statements_reset", "pg_stop_backup", "pg_switch_wal", "pg_sync_replication_slots",
    "pg_terminate_backend", "pg_try_advisory_lock", "pg_try_advisory_xact_lock", "pg_wal_replay_pause",
    "pg_wal_replay_resume", "query_to_xml", "query_to_xml_and_xmlschema", "release_all_locks", "release_lock",
    "schema_to_xml", "set_config", "setval", "sleep", "sp_addlogin", "sp_addsrvrolemember", "sp_configure",
    "sp_executesql", "sp_rename", "system$abort_session", "system$abort_transaction", "system$cancel_query",
    "table_to_xml", "txid_current", "uuid_short",
];
/// Only compute.
#[rustfmt::skip]
const PURE: &[&str] = &[
    "abbrev", "abs", "acos", "acosh", "age", "any_value", "applymap", "approx_count_distinct", "approx_quantile",
    "approxdistinct", "area", "array", "array_agg", "array_append", "array_cat", "array_compact", "array_concat",
    "array_construct", "array_contains", "array_dims", "array_distinct", "array_except", "array_fill",
    "array_intersection", "array_join", "array_length", "array_lower", "array_max", "array_min", "array_ndims",
    "array_position", "array_positions", "array_prepend", "array_remove", "array_replace", "array_reverse",
    "array_sample", "array_shuffle", "array_size", "array_slice", "array_sort", "array_sum", "array_to_json",
    "array_to_string", "array_to_tsvector", "array_upper", "arrayjoin", "ascii", "asin", "asinh", "atan", "atan2",
    "atan2d", "atand", "atanh", "avg", "base64_decode", "base64_encode", "bigint", "bin", "bit", "bit_and",
    "bit_count", "bit_length", "bit_or", "bit_xor", "bitand", "bitor", "bitxor", "bool_and", "bool_or", "boolean",
    "bound_box", "box", "bpchar", "broadcast", "btrim", "cardinality", "cast", "cbrt", "ceil", "ceiling", "center",
    "char", "char_length", "character_length", "charindex", "chr", "circle", "clock_timestamp", "coalesce",
    "col_description", "collation", "collect_list", "collect_set", "concat", "concat_ws", "contains", "conv",
    "convert", "convert_from", "convert_timezone", "convert_to", "corr", "cos", "cosd", "cosh", "cot", "count",
    "count_big", "count_distinct", "count_if", "countif", "covar_pop", "covar_samp", "crc32", "cume_dist", "curdate",
    "current_catalog", "current_database", "current_date", "current_role", "current_schema", "current_schemas",
    "current_setting", "current_time", "current_timestamp", "current_user", "curtime", "database", "date", "date_add",
    "date_bin", "date_diff", "date_format", "date_from_parts", "date_from_unix_date", "date_part", "date_sub",
    "date_subtract", "date_trunc", "dateadd", "datediff", "datefromparts", "datemultirange", "datename", "datepart",
    "daterange", "datetime", "datetime_add", "datetime_diff", "datetime_sub", "datetime_trunc", "dayname",
    "dayofmonth", "dayofweek", "dayofweekiso", "dayofyear", "days", "decimal", "decode", "def", "degrees",
    "dense_rank", "diameter", "div", "div0", "double", "editdist3", "elt", "encode", "endswith", "enum_first",
    "enum_last", "enum_range", "eomonth", "erf", "erfc", "every", "exp", "explode", "extract", "factorial", "family",
    "field", "find_in_set", "first", "first_value", "flatten", "float", "float4", "float8", "floor", "format",
    "format_date", "format_datetime", "format_timestamp", "format_type", "found_rows", "from_base64", "from_days",
    "from_hex", "from_iso8601_timestamp", "from_unixtime", "from_utc_timestamp", "gamma", "gcd", "gen_random_uuid",
    "generate_array", "generate_date_array", "generate_series", "generate_subscripts", "generate_timestamp_array",
    "generate_uuid", "generator", "get", "get_bit", "get_byte", "get_path", "getdate", "greatest", "group_concat",
    "grouping", "grouping_id", "has_any_column_privilege", "has_column_privilege", "has_database_privilege",
    "has_function_privilege", "has_schema_privilege", "has_sequence_privilege", "has_table_privilege",
    "has_type_privilege", "hash", "hashbytes", "hashint4", "hashint8", "hashtext", "height", "hex", "hll_count",
    "host", "hostmask", "hour", "icu_unicode_version", "if", "iff", "ifnull", "iif", "inet_aton", "inet_client_addr",
    "inet_client_port", "inet_merge", "inet_ntoa", "inet_same_family", "inet_server_addr", "inet_server_port",
    "initcap", "instr", "int", "int2", "int4", "int4multirange", "int4range", "int8", "int8multirange", "int8range",
    "integer", "interval", "is_array", "is_boolean", "is_ipv4", "is_ipv6", "is_normalized", "is_null_value",
    "is_object", "isclosed", "isdate", "isempty", "isfinite", "isfinitedate", "isnormalized", "isnull", "isnumeric",
    "isopen", "jaro_winkler", "json", "json_agg", "json_array", "json_array_elements", "json_array_elements_text",
    "json_array_length", "json_arrayagg", "json_build_array", "json_build_object", "json_contains", "json_depth",
    "json_each", "json_each_text", "json_exists", "json_extract", "json_extract_array", "json_extract_path",
    "json_extract_path_text", "json_extract_scalar", "json_extract_string", "json_group_array", "json_group_object",
    "json_insert", "json_keys", "json_length", "json_merge_patch", "json_modify", "json_object", "json_object_agg",
    "json_object_agg_strict", "json_object_agg_unique", "json_object_keys", "json_objectagg", "json_overlaps",
    "json_patch", "json_populate_record", "json_populate_recordset", "json_pretty", "json_query", "json_quote",
    "json_remove", "json_replace", "json_scalar", "json_search", "json_serialize", "json_set", "json_strip_nulls",
    "json_table", "json_to_record", "json_to_recordset", "json_tree", "json_type", "json_typeof", "json_unquote",
    "json_valid", "json_value", "jsonb", "jsonb_agg", "jsonb_array_elements", "jsonb_array_elements_text",
    "jsonb_array_length", "jsonb_build_array", "jsonb_build_object", "jsonb_each", "jsonb_each_text",
    "jsonb_extract_path", "jsonb_extract_path_text", "jsonb_insert", "jsonb_object", "jsonb_object_agg",
    "jsonb_object_keys", "jsonb_path_exists", "jsonb_path_exists_tz", "jsonb_path_match", "jsonb_path_query",
    "jsonb_path_query_array", "jsonb_path_query_first", "jsonb_path_query_tz", "jsonb_populate_record",
    "jsonb_populate_recordset", "jsonb_pretty", "jsonb_set", "jsonb_set_lax", "jsonb_strip_nulls", "jsonb_to_record",
    "jsonb_to_recordset", "jsonb_typeof", "julianday", "justify_days", "justify_hours", "justify_interval",
    "kurtosis", "lag", "language", "last", "last_day", "last_insert_rowid", "last_value", "lcase", "lcm", "lead",
    "least", "left", "len", "length", "levenshtein", "lgamma", "like", "likelihood", "likely", "line", "list",
    "list_agg", "list_contains", "list_value", "listagg", "ln", "localtime", "localtimestamp", "locate", "log",
    "log10", "log1p", "log2", "lower", "lower_inc", "lower_inf", "lpad", "lseg", "ltrim", "macaddr8_set7bit",
    "make_date", "make_interval", "make_time", "make_timestamp", "make_timestamptz", "makedate", "maketime", "map",
    "map_keys", "map_values", "mask", "masklen", "max", "max_by", "md5", "median", "microsecond", "mid", "min",
    "min_by", "min_scale", "minute", "mod", "mode", "month", "monthname", "months_between", "multirange", "name",
    "negative", "netmask", "network", "next_day", "normalize", "now", "npoints", "nth_value", "ntile", "nullif",
    "nullifzero", "num_nonnulls", "num_nulls", "numeric", "nummultirange", "numnode", "numrange", "nvl", "nvl2",
    "obj_description", "object_agg", "object_construct", "object_construct_keep_null", "object_definition",
    "object_id", "object_insert", "object_keys", "object_name", "octet_length", "ord", "overlay", "parse_date",
    "parse_datetime", "parse_ip", "parse_json", "parse_time", "parse_timestamp", "parse_url", "path", "percent_rank",
    "percentile", "percentile_cont", "percentile_disc", "pg_backend_pid", "pg_client_encoding",
    "pg_collation_actual_version", "pg_collation_for", "pg_column_compression", "pg_column_size", "pg_conf_load_time",
    "pg_database_size", "pg_describe_object", "pg_encoding_to_char", "pg_function_is_visible", "pg_get_constraintdef",
    "pg_get_expr", "pg_get_function_arguments", "pg_get_function_identity_arguments", "pg_get_function_result",
    "pg_get_functiondef", "pg_get_indexdef", "pg_get_keywords", "pg_get_ruledef", "pg_get_serial_sequence",
    "pg_get_statisticsobjdef", "pg_get_triggerdef", "pg_get_userbyid", "pg_get_viewdef", "pg_has_role",
    "pg_identify_object", "pg_index_column_has_property", "pg_index_has_property", "pg_indexam_has_property",
    "pg_indexes_size", "pg_input_error_info", "pg_input_is_valid", "pg_is_in_recovery", "pg_is_other_temp_schema",
    "pg_jit_available", "pg_lsn_larger", "pg_my_temp_schema", "pg_opclass_is_visible", "pg_operator_is_visible",
    "pg_options_to_table", "pg_partition_ancestors", "pg_partition_root", "pg_partition_tree",
    "pg_postmaster_start_time", "pg_relation_filenode", "pg_relation_filepath", "pg_relation_size", "pg_size_bytes",
    "pg_size_pretty", "pg_stat_get_numscans", "pg_table_is_visible", "pg_table_size", "pg_tablespace_databases",
    "pg_tablespace_location", "pg_tablespace_size", "pg_total_relation_size", "pg_trigger_depth",
    "pg_type_is_visible", "pg_typeof", "phraseto_tsquery", "pi", "plainto_tsquery", "point", "polygon", "posexplode",
    "position", "positive", "pow", "power", "prefix", "printf", "quarter", "querytree", "quote", "quote_ident",
    "quote_literal", "quote_nullable", "quotename", "radians", "radius", "rand", "random", "random_bytes",
    "random_normal", "range_agg", "range_contains", "range_intersect_agg", "range_merge", "rank", "ratio_to_report",
    "real", "regexp", "regexp_contains", "regexp_count", "regexp_extract", "regexp_extract_all", "regexp_instr",
    "regexp_like", "regexp_match", "regexp_matches", "regexp_replace", "regexp_split_to_array",
    "regexp_split_to_table", "regexp_substr", "regr_avgx", "regr_avgy", "regr_count", "regr_intercept", "regr_r2",
    "regr_slope", "regr_sxx", "regr_sxy", "regr_syy", "repeat", "replace", "replicate", "reverse", "right", "rlike",
    "round", "row", "row_count", "row_number", "row_security_active", "row_to_json", "rownum", "rpad", "rtrim",
    "safe_cast", "safe_convert_bytes_to_string", "safe_divide", "scale", "scope_identity", "second", "sequence",
    "session_user", "set_bit", "set_byte", "set_masklen", "setweight", "sha", "sha1", "sha2", "sha224", "sha256",
    "sha384", "sha512", "shobj_description", "sign", "signbit", "sin", "sind", "sinh", "size", "skewness", "slope",
    "smallint", "soundex", "space", "split", "split_part", "split_to_table", "splitpart", "sqlite_version", "sqrt",
    "square", "starts_with", "startswith", "statement_timestamp", "stddev", "stddev_pop", "stddev_samp", "stdev",
    "stdevp", "str", "str_to_date", "strcmp", "strftime", "string", "string_agg", "string_split", "string_to_array",
    "string_to_table", "strip", "strpos", "strtok", "strtok_to_array", "struct", "stuff", "subdate", "substr",
    "substring", "substring_index", "subtime", "sum", "sysdate", "sysdatetime", "system_user", "tablesample", "tan",
    "tand", "tanh", "text", "time", "time_diff", "time_format", "time_slice", "time_to_sec", "time_trunc", "timediff",
    "timeofday", "timestamp", "timestamp_add", "timestamp_diff", "timestamp_micros", "timestamp_millis",
    "timestamp_seconds", "timestamp_sub", "timestamp_trunc", "timestampadd", "timestampdiff", "timestamptz", "timetz",
    "timezone", "to_array", "to_ascii", "to_base64", "to_binary", "to_boolean", "to_char", "to_code_points",
    "to_date", "to_days", "to_decimal", "to_double", "to_geography", "to_hex", "to_json", "to_json_string",
    "to_jsonb", "to_number", "to_numeric", "to_object", "to_regclass", "to_regnamespace", "to_regoper", "to_regproc",
    "to_regrole", "to_regtype", "to_seconds", "to_time", "to_timestamp", "to_timestamp_ltz", "to_timestamp_ntz",
    "to_timestamp_tz", "to_tsquery", "to_tsvector", "to_unixtime", "to_utc_timestamp", "to_varchar", "to_variant",
    "total", "total_changes", "transaction_timestamp", "translate", "trim", "trim_array", "trim_scale", "trunc",
    "truncate", "try_cast", "try_convert", "try_parse_json", "try_to_boolean", "try_to_date", "try_to_decimal",
    "try_to_number", "try_to_numeric", "try_to_timestamp", "ts_debug", "ts_delete", "ts_filter", "ts_headline",
    "ts_lexize", "ts_match_qv", "ts_match_vq", "ts_parse", "ts_rank", "ts_rank_cd", "ts_token_type", "tsmultirange",
    "tsquery_phrase", "tsrange", "tstzmultirange", "tstzrange", "tsvector_to_array", "txid_snapshot_xmax",
    "txid_snapshot_xmin", "txid_visible_in_snapshot", "typeof", "ucase", "unhex", "unicode", "unicode_version",
    "uniform", "unistr", "unix_date", "unix_micros", "unix_millis", "unix_seconds", "unix_timestamp", "unixepoch",
    "unlikely", "unnest", "upper", "upper_inc", "upper_inf", "user", "utc_date", "utc_time", "utc_timestamp", "uuid",
    "uuid_generate_v4", "uuid_string", "values", "var_pop", "var_samp", "varchar", "variance", "varp", "verify",
    "version", "websearch_to_tsquery", "week", "weekday", "weekofyear", "weight_string", "width", "width_bucket",
    "xmax", "xmin", "xml_is_well_formed", "xmlagg", "xmlcomment", "xmlconcat", "xmlelement", "xmlexists", "xmlforest",
    "xmlparse", "xmlpi", "xmlroot", "xmlserialize", "xmltable", "xpath", "xpath_exists", "year", "yearweek",
    "zeroblob", "zeroifnull", "zipf",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tables_are_sorted_and_apart() {
        let tables = [PROGRAMS, FILES, NETWORK, WRITES, PURE];
        for table in tables {
            assert!(table.windows(2).all(|w| w[0] < w[1]), "{:?}", table.windows(2).find(|w| w[0] >= w[1]));
        }
        for name in [PROGRAMS, FILES, NETWORK, WRITES].concat() {
            assert_ne!(effect(name), Some(Effect::Pure), "{name}");
        }
    }
}
