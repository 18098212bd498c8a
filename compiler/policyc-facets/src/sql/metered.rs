//! A dialect of the library that counts what the parser does and stops it.
//!
//! The parser tries alternatives and goes back, so a short text can cost it exponential time, and each fix of one
//! shape leaves others. It asks its dialect before every expression, operator and statement; this one hands every
//! question on to the real dialect until the steps are used up, and then answers with a failure, at which every
//! alternative that is still open ends at once. It never changes what a text means: a text at which the steps ran out
//! is not read at all.
//!
//! INVARIANT: every method of `Dialect` is handed on. The library is pinned to one version for this reason.

use std::any::TypeId;
use std::cell::Cell;
use std::iter::Peekable;
use std::str::Chars;

use sqlparser::ast::{ColumnOption, Expr, GranteesType, Ident, ObjectNamePart, Statement};
use sqlparser::dialect::{Dialect, Precedence};
use sqlparser::keywords::Keyword;
use sqlparser::parser::{Parser, ParserError};

/// A dialect with a limit.
#[derive(Debug)]
pub(super) struct Metered {
    inner: &'static dyn Dialect,
    left: Cell<u32>,
    /// Whether `/*! … */` is read as what is inside.
    hints: bool,
}

impl Metered {
    pub(super) fn new(inner: &'static dyn Dialect, steps: u32, hints: bool) -> Self {
        Self { inner, left: Cell::new(steps), hints }
    }

    /// Whether the steps are used up.
    pub(super) fn is_exhausted(&self) -> bool {
        self.left.get() == 0
    }

    fn step(&self) -> Result<(), ParserError> {
        match self.left.get().checked_sub(1) {
            Some(left) if left > 0 => {
                self.left.set(left);
                Ok(())
            }
            Some(_) | None => {
                self.left.set(0);
                Err(ParserError::RecursionLimitExceeded)
            }
        }
    }
}

macro_rules! hand_on {
    ($($name:ident)*) => { $(fn $name(&self) -> bool { self.inner.$name() })* };
}

impl Dialect for Metered {
    fn dialect(&self) -> TypeId {
        self.inner.dialect()
    }
    fn is_delimited_identifier_start(&self, ch: char) -> bool {
        self.inner.is_delimited_identifier_start(ch)
    }
    fn is_nested_delimited_identifier_start(&self, ch: char) -> bool {
        self.inner.is_nested_delimited_identifier_start(ch)
    }
    fn peek_nested_delimited_identifier_quotes(&self, chars: Peekable<Chars<'_>>) -> Option<(char, Option<char>)> {
        self.inner.peek_nested_delimited_identifier_quotes(chars)
    }
    fn identifier_quote_style(&self, identifier: &str) -> Option<char> {
        self.inner.identifier_quote_style(identifier)
    }
    fn is_identifier_start(&self, ch: char) -> bool {
        self.inner.is_identifier_start(ch)
    }
    fn is_identifier_part(&self, ch: char) -> bool {
        self.inner.is_identifier_part(ch)
    }
    fn is_custom_operator_part(&self, ch: char) -> bool {
        self.inner.is_custom_operator_part(ch)
    }
    fn parse_prefix(&self, parser: &mut Parser) -> Option<Result<Expr, ParserError>> {
        match self.step() {
            Ok(()) => self.inner.parse_prefix(parser),
            Err(stop) => Some(Err(stop)),
        }
    }
    fn parse_infix(&self, parser: &mut Parser, expr: &Expr, precedence: u8) -> Option<Result<Expr, ParserError>> {
        self.inner.parse_infix(parser, expr, precedence)
    }
    fn get_next_precedence(&self, parser: &Parser) -> Option<Result<u8, ParserError>> {
        self.inner.get_next_precedence(parser)
    }
    fn get_next_precedence_default(&self, parser: &Parser) -> Result<u8, ParserError> {
        self.step()?;
        self.inner.get_next_precedence_default(parser)
    }
    fn parse_statement(&self, parser: &mut Parser) -> Option<Result<Statement, ParserError>> {
        match self.step() {
            Ok(()) => self.inner.parse_statement(parser),
            Err(stop) => Some(Err(stop)),
        }
    }
    fn parse_column_option(
        &self,
        parser: &mut Parser,
    ) -> Result<Option<Result<Option<ColumnOption>, ParserError>>, ParserError> {
        self.step()?;
        self.inner.parse_column_option(parser)
    }
    fn prec_value(&self, prec: Precedence) -> u8 {
        self.inner.prec_value(prec)
    }
    fn prec_unknown(&self) -> u8 {
        self.inner.prec_unknown()
    }
    fn is_reserved_for_identifier(&self, kw: Keyword) -> bool {
        self.inner.is_reserved_for_identifier(kw)
    }
    fn get_reserved_keywords_for_select_item_operator(&self) -> &[Keyword] {
        self.inner.get_reserved_keywords_for_select_item_operator()
    }
    fn get_reserved_grantees_types(&self) -> &[GranteesType] {
        self.inner.get_reserved_grantees_types()
    }
    fn is_column_alias(&self, kw: &Keyword, parser: &mut Parser) -> bool {
        self.inner.is_column_alias(kw, parser)
    }
    fn is_select_item_alias(&self, explicit: bool, kw: &Keyword, parser: &mut Parser) -> bool {
        self.inner.is_select_item_alias(explicit, kw, parser)
    }
    fn is_table_factor(&self, kw: &Keyword, parser: &mut Parser) -> bool {
        self.inner.is_table_factor(kw, parser)
    }
    fn is_table_alias(&self, kw: &Keyword, parser: &mut Parser) -> bool {
        self.inner.is_table_alias(kw, parser)
    }
    fn is_table_factor_alias(&self, explicit: bool, kw: &Keyword, parser: &mut Parser) -> bool {
        self.inner.is_table_factor_alias(explicit, kw, parser)
    }
    fn is_identifier_generating_function_name(&self, ident: &Ident, name_parts: &[ObjectNamePart]) -> bool {
        self.inner.is_identifier_generating_function_name(ident, name_parts)
    }
    fn supports_multiline_comment_hints(&self) -> bool {
        self.hints && self.inner.supports_multiline_comment_hints()
    }
    fn supports_trailing_commas(&self) -> bool {
        self.inner.supports_trailing_commas()
    }
    hand_on! {
        allow_extract_custom
        allow_extract_single_quotes
        convert_type_before_value
        describe_requires_table_keyword
        ignores_wildcard_escapes
        require_interval_qualifier
        requires_single_line_comment_whitespace
        support_map_literal_syntax
        supports_aliased_function_args
        supports_alter_column_type_using
        supports_alter_user_as_alter_role
        supports_array_join_syntax
        supports_array_typedef_with_brackets
        supports_array_typedef_without_element_type
        supports_asc_desc_in_column_definition
        supports_bang_not_operator
        supports_binary_kw_as_cast
        supports_bitwise_shift_operators
        supports_boolean_literals
        supports_column_definition_trailing_commas
        supports_comma_separated_drop_column_list
        supports_comma_separated_set_assignments
        supports_comma_separated_trim
        supports_comment_on
        supports_comment_optimizer_hint
        supports_connect_by
        supports_constraint_keyword_without_name
        supports_create_index_with_clause
        supports_create_table_like_parenthesized
        supports_create_table_multi_schema_info_sources
        supports_create_table_select
        supports_create_table_using
        supports_create_view_comment_syntax
        supports_cross_join_constraint
        supports_cte_without_as
        supports_data_type_signed_suffix
        supports_detach
        supports_dictionary_syntax
        supports_dollar_as_money_prefix
        supports_dollar_placeholder
        supports_double_ampersand_operator
        supports_empty_projections
        supports_end_transaction_modifier
        supports_eq_alias_assignment
        supports_exclude_constraint
        supports_execute_immediate
        supports_explain_with_utility_options
        supports_extract_comma_syntax
        supports_factorial_operator
        supports_filter_during_aggregation
        supports_from_first_insert
        supports_from_first_select
        supports_from_trailing_commas
        supports_geometric_types
        supports_group_by_expr
        supports_group_by_with_modifier
        supports_in_empty_list
        supports_in_unparenthesized_expr
        supports_insert_format
        supports_insert_set
        supports_insert_table_alias
        supports_insert_table_function
        supports_insert_table_query
        supports_install
        supports_interpolate
        supports_interval_options
        supports_key_column_option
        supports_lambda_functions
        supports_leading_comma_before_table_options
        supports_left_associative_joins_without_parens
        supports_limit_by
        supports_limit_comma
        supports_listen_notify
        supports_load_data
        supports_load_extension
        supports_long_type_as_bigint
        supports_map_literal_with_angle_brackets
        supports_match_against
        supports_match_recognize
        supports_named_fn_args_with_assignment_operator
        supports_named_fn_args_with_colon_operator
        supports_named_fn_args_with_eq_operator
        supports_named_fn_args_with_expr_name
        supports_named_fn_args_with_rarrow_operator
        supports_nested_comments
        supports_notnull_operator
        supports_numeric_literal_underscores
        supports_numeric_prefix
        supports_object_name_double_dot_notation
        supports_optimize_table
        supports_order_by_all
        supports_order_by_using_operator
        supports_outer_join_operator
        supports_parens_around_table_factor
        supports_parenthesized_set_variables
        supports_partiql
        supports_partition_by_after_order_by
        supports_pipe_operator
        supports_prewhere
        supports_projection_trailing_commas
        supports_quote_delimited_string
        supports_select_exclude
        supports_select_expr_star
        supports_select_format
        supports_select_item_multi_column_alias
        supports_select_modifiers
        supports_select_wildcard_except
        supports_select_wildcard_exclude
        supports_select_wildcard_ilike
        supports_select_wildcard_rename
        supports_select_wildcard_replace
        supports_select_wildcard_with_alias
        supports_semantic_view_table_factor
        supports_set_names
        supports_set_stmt_without_operator
        supports_settings
        supports_show_like_before_in
        supports_space_separated_column_options
        supports_start_transaction_modifier
        supports_string_escape_constant
        supports_string_literal_backslash_escape
        supports_string_literal_concatenation
        supports_string_literal_concatenation_with_newline
        supports_struct_literal
        supports_subquery_as_function_arg
        supports_table_hints
        supports_table_sample_before_alias
        supports_table_versioning
        supports_top_before_distinct
        supports_triple_quoted_string
        supports_try_convert
        supports_unicode_string_literal
        supports_unpivot_expr
        supports_update_order_by
        supports_user_host_grantee
        supports_values_as_table_factor
        supports_window_clause_named_window_reference
        supports_window_function_null_treatment_arg
        supports_with_fill
        supports_within_after_array_aggregation
        supports_xml_expressions
    }
}
